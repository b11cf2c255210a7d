"""Faults of looking and counting: figures, lists, commands that only ask, what is not sent."""

from script.plant_faults.kinds import LIFE, ROAD, SAFE, UNIT, WHOLE, Fault

FAULTS = (
    # figures
    Fault(
        "who still waits is left out of the median",
        "portal/measures/survival.py",
        "    at_risk = sum(events + censored for events, censored in counts.values())\n",
        "    counts = {time: (events, 0) for time, (events, _) in counts.items()}\n"
        "    at_risk = sum(events + censored for events, censored in counts.values())\n",
        (
            f"{UNIT}measures_survival.py::test_one_quick_and_ninety_nine_open_do_not_read_fast",
            f"{WHOLE}measures.py::test_the_chain_runs_from_the_click_to_the_answer_also_through_a_merge",
        ),
        traps=(10,),
    ),
    Fault(
        "three cases make a percentage",
        "portal/oversight/views/times.py",
        "if figures.due >= enough else None",
        "if figures.due else None",
        (
            f"{WHOLE}measures.py::test_few_cases_make_no_percentage_and_put_no_group_into_a_comparison",
        ),
        traps=(11,),
    ),
    Fault(
        "a group with one case is compared",
        "portal/oversight/views/figures.py",
        "found.due < enough:",
        "not found.due:",
        (
            f"{WHOLE}measures.py::test_few_cases_make_no_percentage_and_put_no_group_into_a_comparison",
        ),
        traps=(11,),
    ),
    Fault(
        "chance is no reason to be outside",
        "portal/measures/funnel.py",
        "return Bounds(low95 / size, high95 / size, low998 / size, high998 / size)",
        "return Bounds(low95 / size, high95 / size, low998 / size, (high998 - 1) / size)",
        (
            f"{UNIT}measures_survival.py::test_a_group_that_kept_all_is_never_outside_where_the_city_nearly_did",
        ),
        traps=(11,),
    ),
    Fault(
        "the list behind a figure has other cases",
        "portal/measures/listing.py",
        "        return [is_waiting(), is_late_now(now), *kept(scope)]",
        "        return [is_waiting(), *received_in(scope)]",
        (f"{WHOLE}measures.py::test_every_figure_has_as_many_cases_as_it_says",),
        traps=(50,),
    ),
    Fault(
        "subtraction tells a small number",
        "portal/measures/small_numbers.py",
        "            if _is_open(numbers, small, others, few):",
        "            if True:",
        (f"{UNIT}measures_small_numbers.py::test_no_small_number_can_be_found_by_subtraction",),
        traps=(50,),
        promises=(2,),
    ),
    Fault(
        "a file of figures without their definitions",
        "portal/oversight/views/figures.py",
        "                    *(number, _(measure.definition)),",
        "                    *(number, measure.id),",
        (f"{WHOLE}measures.py::test_the_files_hold_definitions_and_say_what_is_open",),
        traps=(50,),
    ),
    # commands that ask
    Fault(
        "lint is content with a dead rule",
        "portal/administration/cli/routing.py",
        'or [f"Version {report.version} is right."], report.ok)',
        'or [f"Version {report.version} is right."])',
        (f"{WHOLE}commands.py::test_routing_lint_exits_1_while_a_group_is_empty",),
        traps=(1,),
    ),
    Fault(
        "checking the clocks mends them by the way",
        "portal/administration/cli/clocks.py",
        "        checked += len(batch)\n",
        "        checked += len(batch)\n"
        "        from sqlalchemy import text\n\n"
        '        session.execute(text("UPDATE clock_readings SET breached = NOT breached"))\n'
        "        session.commit()\n",
        (f"{WHOLE}commands.py::test_what_only_asks_writes_nothing_though_much_is_late",),
        traps=(7,),
        promises=(5,),
    ),
    Fault(
        "a broken rule is passed over in silence",
        "portal/templates/handling/routing.html",
        '  {% if told.alarm %}<p class="portal-s"><b>{{ told.alarm }}</b></p>{% endif %}\n',
        "",
        (f"{WHOLE}intake.py::test_a_rule_whose_group_is_gone_is_said_where_the_report_is_sorted",),
        traps=(1, 25),
        promises=(4,),
    ),
    # what is not sent
    Fault(
        "queued is as good as sent",
        "portal/notices/queries.py",
        "Delivery.next_try_at, Delivery.created_at) < now - STUCK_AFTER",
        "Delivery.next_try_at, Delivery.created_at) < now - 99 * STUCK_AFTER",
        (
            f"{WHOLE}notices.py::test_what_nobody_sends_is_shown_as_stuck_after_a_quarter_of_an_hour",
        ),
        traps=(25,),
    ),
    # doors and history
    Fault(
        "a move does not look at its own gate",
        ROAD,
        "        check(move, facts, command)  # 3 lifecycle\n",
        "        pass\n",
        (
            f"{WHOLE}queue.py::test_every_door_to_a_move_has_the_gate_of_the_move",
            f"{WHOLE}guards_of_ending.py::test_nobody_concludes_or_closes_out_of_turn",
        ),
        traps=(15,),
        promises=(3,),
    ),
    Fault(
        "what was removed from the history is not missed",
        "portal/history/queries/verifying.py",
        'self.findings.add("event_missing", seq=row.event_seq, position=row.position)',
        "pass",
        (f"{SAFE}history_attacks.py::test_a_removed_event_is_named",),
        traps=(36,),
        promises=(6,),
    ),
    Fault(
        "what was lawfully erased makes the history false",
        "portal/history/queries/verifying.py",
        "            chain.erased += 1\n",
        '            chain.findings.add("text_altered", **where)\n',
        (f"{SAFE}history_attacks.py::test_a_lawfully_erased_text_is_no_fault_and_counted",),
        traps=(46,),
    ),
    # what is told
    Fault(
        "not true, yet fixed",
        f"{LIFE}told.py",
        "other.get(case.finding or Finding.TRUE, Told.RECTIFIED)",
        "Told.RECTIFIED",
        (
            f"{UNIT}told.py::test_every_sentence_states_a_fact_that_holds",
            f"{WHOLE}guards_of_ending.py::test_not_true_with_another_hazard_ends_when_that_was_put_right",
        ),
        traps=(12, 48),
    ),
)
