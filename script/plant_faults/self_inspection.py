"""Faults of self-inspection: what counts for a unit, who signs, whose things are whose."""

from script.plant_faults.kinds import UNIT, WHOLE, Fault

WAYS = f"{WHOLE}self_inspection.py::test_"
INSIDE = f"{WHOLE}inside_reports.py::test_"
RULES = f"{UNIT}self_inspection.py::test_"
LIFE = "portal/selfinspections/lifecycle.py"

FAULTS = (
    Fault(
        "what was entered after a report counts as found by the unit",
        LIFE,
        "    return entered_at < limit\n",
        "    return entered_at < limit or matter.by_report\n",
        (
            f"{RULES}the_hour_of_a_report_counts_for_the_unit_and_the_moment_of_an_announcement_does_not",
            f"{RULES}what_was_entered_afterwards_never_helps",
        ),
    ),
    Fault(
        "a report alone accuses a unit of having concealed",
        LIFE,
        "verdict=Verdict.CONCEALED if matter.is_true else Verdict.NIL",
        "verdict=Verdict.CONCEALED",
        (f"{RULES}a_return_of_nothing_found_accuses_nobody_before_the_report_is_found_true",),
    ),
    Fault(
        "somebody who has left signs that nothing was found",
        "portal/selfinspections/services/declaring.py",
        "    if kind == NIL and signer is Signer.LEFT:\n",
        "    if False:\n",
        (f"{WAYS}a_return_of_nothing_found_by_a_post_that_left_is_refused_and_others_are_marked",),
    ),
    Fault(
        "a post that ended still holds",
        LIFE,
        "(latest.until_on is None or latest.until_on > today)",
        "(latest.until_on is None or latest.until_on != today)",
        (f"{RULES}the_chain_says_how_whoever_signs_stands_to_it",),
    ),
    Fault(
        "nothing found is declared though own hazards were entered",
        "portal/selfinspections/services/declaring.py",
        "    if kind == NIL and found:\n",
        "    if False:\n",
        (f"{WAYS}a_month_is_declared_once_truly_and_when_it_is_over",),
    ),
    Fault(
        "a unit reads what another found",
        "portal/selfinspections/queries/own.py",
        "        return may(actor, Action.READ_OWN_UNIT) and actor.unit_id == unit_id\n",
        "        return may(actor, Action.READ_OWN_UNIT)\n",
        (f"{WAYS}nothing_of_another_unit_exists_for_a_unit",),
        traps=(39,),
    ),
    Fault(
        "an account of a unit lives on after it was ended",
        "portal/accounts/services/of_units.py",
        "    return set_active(session, actor, membership.account, active=False, now=now)\n",
        "    return membership.account\n",
        (f"{WAYS}who_is_invited_signs_in_by_a_link_that_works_once_and_sees_the_own_unit_alone",),
        traps=(40,),
    ),
    Fault(
        "what a unit handed up becomes a ground against it",
        "portal/cases/queries/ladder.py",
        "            found[case.id].pop(Ground.MAJOR, None)\n",
        "            pass\n",
        (f"{WAYS}a_hazard_handed_up_waits_at_the_desk_and_is_no_ground_against_the_unit",),
    ),
    Fault(
        "what is about the management goes to the unit",
        LIFE,
        "    is_inside = chosen == Way.INSIDE and about == AboutManagement.NO and is_open\n",
        "    is_inside = chosen == Way.INSIDE and is_open\n",
        (
            f"{RULES}a_unit_gets_only_what_was_chosen_for_it_and_is_not_about_its_readers",
            f"{INSIDE}what_may_be_about_the_management_is_an_ordinary_report",
        ),
        traps=(28,),
    ),
    Fault(
        "contact details are handed to the unit along with an inside report",
        "portal/filing/views/report.py",
        "    command, moment = replace(_command(draft), contact={}), now()\n",
        "    command, moment = _command(draft), now()\n"
        '    command = replace(command, text=f"{command.text} {command.contact}")\n',
        (f"{INSIDE}contact_and_what_tells_of_the_reporter_never_reach_the_unit",),
        traps=(28,),
    ),
    Fault(
        "the unit sees that a report was taken outside",
        "portal/selfinspections/services/inside.py",
        "    row.outside_at, row.outside_report_id = floored_to_hour(now), outside\n",
        "    row.outside_at, row.outside_report_id = floored_to_hour(now), outside\n"
        "    row.state, row.answered_at = InsideState.REJECTED, now\n",
        (
            f"{INSIDE}taken_outside_it_is_a_report_with_text_and_files_and_a_code_of_its_own",
            f"{INSIDE}no_sequence_shows_a_unit_anything_but_what_was_told_it",
        ),
    ),
    Fault(
        "a late inside report is not offered outside",
        LIFE,
        "    return state is InsideState.WAITING and due_on < today\n",
        "    return False\n",
        (
            f"{RULES}an_answer_has_its_working_days_and_is_late_after_the_last",
            f"{INSIDE}late_the_receipt_page_offers_the_way_out_first",
        ),
    ),
    Fault(
        "a unit reads an inside report in the minute in which it comes in",
        LIFE,
        "    return floored_to_hour(now)\n",
        "    return now\n",
        (f"{INSIDE}inside_is_asked_answered_and_read_with_the_code",),
    ),
    Fault(
        "it goes elsewhere than the page before sending said",
        "portal/filing/views/report.py",
        "    if is_new and not ways.is_as_shown(form, draft):\n",
        "    if False:\n",
        (f"{INSIDE}nothing_is_sent_where_it_would_go_elsewhere_than_the_page_said",),
    ),
    Fault(
        "an inside report is filed outside with each press",
        "portal/cases/services/inside.py",
        "    if row.outside_report_id is not None and row.outside_at is not None:\n",
        "    if row.outside_report_id is not None and row.outside_at is None:\n",
        (f"{INSIDE}taken_outside_it_is_a_report_with_text_and_files_and_a_code_of_its_own",),
    ),
    Fault(
        "another unit reads an inside report",
        "portal/selfinspections/queries/inside.py",
        "    return and_(InsideReport.unit_id == actor.unit_id, ",
        "    return and_(InsideReport.unit_id.is_not(None), ",
        (f"{INSIDE}contact_and_what_tells_of_the_reporter_never_reach_the_unit",),
        traps=(39,),
    ),
)
