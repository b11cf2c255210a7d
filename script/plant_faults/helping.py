"""Faults of help: turned against whom it helped, judged for them, shown to others."""

from script.plant_faults.kinds import LIFE, WHOLE, Fault

HELP = f"{WHOLE}help.py::test_"
ROOM = "portal/assistance/"

FAULTS = (
    Fault(
        "help is taken for a ground of a disciplinary step",
        f"{LIFE}ladder.py",
        "    if facts.ladder.is_barred:\n"
        '        return Lack("help_no_evidence", barred_field(command.grounds))\n'
        "    rung = _rung",
        "    rung = _rung",
        (f"{HELP}help_is_never_taken_for_a_ground_by_any_way_and_a_try_is_kept",),
    ),
    Fault(
        "whoever orders a step may quote help",
        f"{LIFE}ladder.py",
        "    if facts.ladder.is_barred:\n"
        '        return Lack("help_no_evidence", barred_field(command.grounds))\n'
        "    proposed",
        "    proposed",
        (f"{HELP}help_is_never_taken_for_a_ground_by_any_way_and_a_try_is_kept",),
    ),
    Fault(
        "the words of help may be copied into a step",
        f"{ROOM}queries.py",
        "    return frozenset(by_name | _quoted(session, texts, unit_id, case_id))\n",
        "    return frozenset(by_name)\n",
        (f"{HELP}help_is_never_taken_for_a_ground_by_any_way_and_a_try_is_kept",),
    ),
    Fault(
        "a try to use help is forgotten with the refused request",
        "portal/cases/services/helping.py",
        "    with kept_apart(session) as own:\n",
        "    for own in (session,):\n",
        (f"{HELP}help_is_never_taken_for_a_ground_by_any_way_and_a_try_is_kept",),
    ),
    Fault(
        "a try before what goes out is shown leaves no trace",
        "portal/handling/views/_moving.py",
        "            keep_barred(here.session, here.actor, command, now=here.now)\n",
        "            pass\n",
        (f"{HELP}no_picker_shows_help_no_page_takes_it_and_the_try_survives_the_refusal",),
    ),
    Fault(
        "a hazard found while helping grounds a step",
        "portal/cases/queries/ladder.py",
        "        found[case_id].pop(Ground.MAJOR, None)\n",
        "        pass\n",
        (
            f"{HELP}what_was_found_while_helping_grounds_nothing_but_what_is_not_done_"
            "afterwards_does",
        ),
    ),
    Fault(
        "a major hazard found while helping is left to the unit",
        "portal/cases/services/helping.py",
        "    if is_level is Level.MAJOR:\n",
        "    if False:\n",
        (f"{HELP}a_major_hazard_found_while_helping_is_registered_and_a_general_one_left",),
    ),
    Fault(
        "help is declined and nobody says where else to go",
        f"{ROOM}lifecycle.py",
        "    if _blank(elsewhere):\n",
        "    if False:\n",
        (f"{HELP}no_help_is_declined_without_where_else_to_go",),
    ),
    Fault(
        "whether it helped is asked before anybody can know",
        f"{ROOM}lifecycle.py",
        "    if facts.ask_on is None or today < facts.ask_on:\n",
        "    if False:\n",
        (f"{HELP}silence_stays_silence_and_nothing_is_asked_before_its_day",),
        traps=(17,),
    ),
    Fault(
        "staff say without a source that it helped",
        f"{ROOM}lifecycle.py",
        '    if not by_link and _blank(source):\n        raise Incomplete("source", '
        '"help_source_missing")\n    return Helped(helped)\n',
        "    return Helped(helped)\n",
        (f"{HELP}silence_stays_silence_and_nothing_is_asked_before_its_day",),
    ),
    Fault(
        "help is shown to groups that it does not concern",
        f"{ROOM}visibility.py",
        "    return and_(or_(own, watched), free)\n",
        "    return and_(or_(own, watched, true()), free)\n",
        (f"{HELP}who_may_not_know_of_help_finds_it_nowhere",),
        traps=(39,),
    ),
    Fault(
        "a tie to the unit keeps nobody from its help",
        f"{ROOM}visibility.py",
        "    return and_(or_(own, watched), free)\n",
        "    return or_(own, watched)\n",
        (f"{HELP}who_may_not_know_of_help_finds_it_nowhere",),
        traps=(29,),
    ),
    Fault(
        "who leaves takes the help along",
        "portal/cases/services/handing_over.py",
        "    release_help(session, actor, account_id, groups, now=now)\n",
        "",
        (f"{HELP}who_leaves_leaves_the_help_to_others",),
    ),
    Fault(
        "the link of who was helped never dies",
        f"{ROOM}queries.py",
        "    if one is None or is_dead:\n",
        "    if one is None:\n",
        (f"{HELP}the_link_of_who_is_helped_is_withdrawn_and_dies",),
        traps=(40,),
    ),
    Fault(
        "who had no answer is left out of the share answered in time",
        "portal/measures/helping.py",
        "    over = and_(Assistance.origin == Origin.ASKED, Assistance.answer_due_on < today)\n",
        "    over = and_(Assistance.origin == Origin.ASKED, Assistance.answer_due_on < today,\n"
        "        Assistance.answered_at < asked.scope.period.start.replace(day=12))\n",
        (f"{HELP}a_district_shows_both_sides_with_counts",),
        traps=(10,),
    ),
    Fault(
        "what was found while helping is an earlier matter of a later case",
        "portal/cases/queries/ladder.py",
        "            _EARLIER.id.not_in(registering_help()),\n",
        "",
        (
            f"{WHOLE}help.py::test_what_was_found_while_helping_is_no_earlier_matter_of_a_later_case",
        ),
    ),
)
