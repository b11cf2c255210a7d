"""Faults of routing, clocks, what is told, and the one road."""

from script.plant_faults.kinds import LIFE, ROAD, SAFE, STARTING, UNIT, WHOLE, WRITING, Fault

FAULTS = (
    # routing
    Fault(
        "a rule whose group is gone still gets the case",
        "portal/routing/engine.py",
        "        if trouble is None:\n"
        "            tried.append(Tried(rule_id=rule.id, matched=True))",
        "        if trouble is None or True:\n"
        "            tried.append(Tried(rule_id=rule.id, matched=True))",
        (
            f"{UNIT}routing.py::test_a_rule_whose_group_cannot_act_gives_to_the_duty_desk_with_an_alarm",
            f"{SAFE}public_surface.py::test_a_report_whose_groups_are_all_gone_waits_at_the_desk_and_says_why",
            f"{SAFE}public_surface.py::test_every_trade_in_every_place_ends_at_somebody",
        ),
        traps=(1, 25, 52),
    ),
    Fault(
        "no desk, no report",
        STARTING,
        "by_code.get(preset.routing.rules[-1].to) or any_desk",
        "by_code.get(preset.routing.rules[-1].to)",
        (f"{SAFE}public_surface.py::test_a_report_is_taken_when_the_duty_desk_is_gone",),
        traps=(24, 52),
        promises=(1,),
    ),
    Fault(
        "a point near a border belongs to one side",
        "portal/routing/places.py",
        "return tuple(self._codes[index] for index in sorted(found.tolist()))",
        "return tuple(self._codes[index] for index in sorted(found.tolist())[:1])",
        (f"{UNIT}routing_places.py",),
        traps=(54,),
    ),
    # clocks
    Fault(
        "sorting again begins the handling anew",
        "portal/clocks/replay.py",
        "        if not self.is_accepted:\n            self.is_accepted = True",
        "        if True:\n            self.is_accepted = True",
        (f"{UNIT}clocks_replay.py::test_sorting_again_moves_no_start_and_no_due_date",),
        traps=(3,),
    ),
    Fault(
        "a pause takes nothing off a clock in hours",
        "portal/clocks/due.py",
        "        left -= free\n        at = end.astimezone(UTC)",
        "        left -= end - at\n        at = end.astimezone(UTC)",
        (
            f"{UNIT}clocks_replay.py::test_a_clock_in_hours_has_after_the_pause_what_it_had_before",
            f"{UNIT}clocks_properties.py",
        ),
        traps=(4, 5),
    ),
    Fault(
        "make-up Saturdays are days off",
        "portal/clocks/days.py",
        "        worked.update(day.toordinal() for day in calendar.working if day.year == year)\n",
        "",
        (
            f"{UNIT}clocks_days.py::test_national_day_and_its_make_up_saturday_equal_the_hand_count",
            f"{UNIT}clocks_domain.py::test_make_up_days_and_holidays_count_as_by_hand",
            f"{UNIT}clocks_words.py::test_the_command_gives_the_date_with_offset_and_the_days_left_out_with_reasons",
        ),
        traps=(6,),
    ),
    Fault(
        "each holiday takes a day off the count",
        "portal/clocks/days.py",
        "place = bisect_right(working, day.toordinal()) + count - 1",
        "place = bisect_right(working, day.toordinal())\n"
        "        place += max(0, count - 1 - len(self.calendar.rest))",
        (f"{UNIT}clocks_properties.py::test_more_holidays_never_bring_a_date_forward",),
        traps=(7,),
    ),
    Fault(
        "the first day's rest counts whole",
        "portal/clocks/due.py",
        "            rest += max(end - max(moment, begin), timedelta(0))",
        "            rest += max(end - begin, timedelta(0))",
        (
            f"{UNIT}clocks_days.py::test_any_set_of_weekdays_gives_the_working_hours_of_a_minute_by_minute_count",
        ),
        traps=(8,),
    ),
    Fault(
        "closing forgets what was late",
        "portal/clocks/replay.py",
        "                run.recorded = due_at\n                return",
        "                return",
        (
            f"{UNIT}clocks_episodes.py::test_a_recorded_breach_survives_any_later_policy_calendar_and_move",
        ),
        traps=(9,),
        promises=(5,),
    ),
    Fault(
        "reopening goes on with the first chain clock",
        "portal/clocks/replay.py",
        "            self.start(CHAIN, report, fact.at)\n        if self.is_signed:",
        "            pass\n        if self.is_signed:",
        (
            f"{UNIT}clocks_episodes.py::test_reopening_keeps_the_first_episode_and_gives_a_second_clock_of_its_own",
        ),
        traps=(53,),
    ),
    Fault(
        "reminders go on after the end",
        "portal/clocks/reminders.py",
        "    if reading.state not in {State.RUNNING, State.OVERDUE} or reading.window:",
        "    if reading.window:",
        (
            f"{UNIT}clocks_words.py::test_the_reminders_of_a_clock_are_an_exact_list_and_end_with_it",
        ),
        traps=(33,),
    ),
    Fault(
        "the chain begins when the group signs",
        "portal/clocks/replay.py",
        "report] = since\n            self.start(CHAIN, report, since)",
        "report] = since",
        (
            f"{UNIT}clocks_domain.py::test_the_chain_runs_from_each_reports_click_whatever_the_groups_do",
            f"{UNIT}clocks_replay.py::test_the_sign_clock_breaches_by_itself_and_the_chain_began_at_the_click",
        ),
        traps=(45,),
    ),
    Fault(
        "clocks are cached by the reporter's floored hour",
        ROAD,
        "        keep_clocks(session, case, preset, now=now)\n        keep_clocks_elsewhere",
        "        keep_clocks(session, case, preset, now=at)\n        keep_clocks_elsewhere",
        (
            f"{WHOLE}guards_of_sorting.py::test_a_reporters_word_in_the_running_hour_takes_no_event_from_the_clocks",
        ),
        promises=(5,),
    ),
    Fault(
        "a merged case's clocks wait for an answer given elsewhere",
        ROAD,
        "        keep_clocks_elsewhere(session, case, preset, now=now)\n",
        "",
        (
            f"{WHOLE}guards_of_merging.py::test_a_chain_of_merges_keeps_every_reports_own_clock_until_its_answer",
        ),
        traps=(42,),
    ),
    # what is told
    Fault(
        "everything that is closed was fixed",
        f"{LIFE}told.py",
        "Resolution.UNFOUNDED: not_found,",
        "Resolution.UNFOUNDED: Told.RECTIFIED,",
        (f"{UNIT}told.py",),
        traps=(12,),
    ),
    Fault(
        "we visited, though nobody did",
        f"{LIFE}told.py",
        "visited = case.inspected_at is not None",
        "visited = True",
        (f"{UNIT}told.py",),
        traps=(48,),
        promises=(4,),
    ),
    Fault(
        "a reporter without an answer has our answer",
        f"{LIFE}told.py",
        "    if case.concluded_at is not None and answered:",
        "    if case.concluded_at is not None:",
        (f"{UNIT}told.py",),
        traps=(48,),
    ),
    Fault(
        "passed on without saying where to",
        f"{LIFE}guards.py",
        'return Lack("office_missing", "office")',
        "return None",
        (
            f"{WHOLE}guards_of_sorting.py::test_nothing_is_passed_on_without_a_named_office_a_trace_and_words",
        ),
        traps=(13,),
        promises=(4,),
    ),
    # one road
    Fault(
        "the fence lets a case change by itself",
        "migrations/versions/0005_every_version_has_its_event.py",
        "    IF NEW.version <> OLD.version + 1 THEN",
        "    IF false THEN",
        (f"{SAFE}fences.py::test_no_column_of_a_case_changes_without_an_event",),
        traps=(14,),
        promises=(3,),
    ),
    Fault(
        "one event covers two changes",
        "migrations/versions/0005_every_version_has_its_event.py",
        "  IF NOT EXISTS (\n    SELECT 1 FROM events",
        "  IF NEW.version = (SELECT version FROM cases WHERE id = NEW.id) AND NOT EXISTS (\n"
        "    SELECT 1 FROM events",
        (f"{SAFE}fences.py::test_a_version_cannot_be_jumped_over",),
        promises=(6,),
    ),
    Fault(
        "history can be rewritten",
        "migrations/versions/0001_reports_cases_and_history.py",
        "CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events",
        "CREATE TRIGGER events_append_only BEFORE TRUNCATE ON events",
        (f"{SAFE}fences.py::test_history_is_only_added_to_even_by_a_superuser",),
        promises=(6,),
    ),
    Fault(
        "words can be rewritten",
        "migrations/versions/0001_reports_cases_and_history.py",
        "  IF NEW.body IS NULL AND NEW.salt IS NULL\n     AND",
        "  IF true AND",
        (f"{SAFE}fences.py::test_words_change_by_lawful_erasure_alone",),
        promises=(6,),
    ),
    Fault(
        "any role may close",
        "portal/access/policy.py",
        "    (Role.LEAD, Action.DECIDE_RETURN): supervises_another,",
        "    (Role.LEAD, Action.DECIDE_RETURN): supervises_another,\n"
        "    (Role.DISPATCHER, Action.CLOSE): own_desk,",
        (f"{UNIT}published_tables.py", f"{WHOLE}every_move.py"),
        traps=(15,),
        promises=(3,),
    ),
    Fault(
        "true closes with a task that nobody checked",
        f"{LIFE}closing.py",
        "    if waiting or not facts.live_items:",
        "    if not facts.live_items:",
        (
            f"{WHOLE}guards_of_ending.py::test_true_closes_only_when_every_hazard_has_a_task_and_every_task_passed",
        ),
        traps=(15,),
    ),
    Fault(
        "the policy is not asked",
        ROAD,
        "    if not follows:\n        require(actor, move.action, case)  # 2 policy\n",
        "",
        (f"{WHOLE}every_move.py",),
        promises=(3,),
    ),
    Fault(
        "a press that comes twice decides twice",
        ROAD,
        "    if command.seen != case.version:\n        raise Stale(command.seen, case.version)\n",
        "",
        (
            f"{WHOLE}two_at_once.py::test_of_two_closings_one_closes_and_the_other_is_told",
            f"{WHOLE}two_at_once.py::test_of_two_dispatchers_one_sends_it_and_nothing_is_told_twice",
            f"{WHOLE}case_pages.py::test_a_colleague_was_faster_and_the_text_survives_with_a_way_to_send_it",
        ),
        traps=(56,),
    ),
    Fault(
        "who inspected may review, with another account",
        f"{LIFE}levels.py",
        "person == item.ordered_by or person in facts.inspectors",
        "person == item.ordered_by",
        (
            f"{WHOLE}random_walks.py::test_no_account_of_the_inspector_reviews_what_the_inspector_saw",
            f"{WHOLE}guards_of_ending.py::test_who_ordered_it_does_not_review_it_and_a_review_needs_a_reported_task",
        ),
        traps=(18,),
    ),
    Fault(
        "numbers begin anew after a purge",
        WRITING,
        "_DRAW, first).scalar_one()) - count",
        "_DRAW, first).scalar_one()) - 1",
        (
            f"{SAFE}fences.py::test_numbers_are_never_given_twice_not_even_after_a_rollback_or_a_purge",
        ),
        traps=(20,),
    ),
    Fault(
        "a merge does not look again once it has the lock",
        ROAD,
        "    if second is not None and second > command.case_id:\n",
        "    if False and second is not None and second > command.case_id:\n",
        (f"{WHOLE}two_at_once.py::test_a_merge_never_goes_into_a_case_that_is_being_closed",),
        traps=(42,),
    ),
    Fault(
        "splitting off loses the pause",
        f"{LIFE}effects.py",
        '            "resolution": Resolution.DUPLICATE,\n',
        '            "resolution": Resolution.DUPLICATE,\n            "paused_at": None,\n',
        (f"{WHOLE}guards_of_merging.py::test_merge_then_split_gives_back_what_was",),
        traps=(42,),
    ),
    Fault(
        "the answer goes to whoever is named",
        f"{LIFE}closing.py",
        "    if any(facts.report(report_id) is None for report_id in answers):",
        "    if False:",
        (
            f"{WHOLE}guards_of_ending.py::test_the_answer_goes_to_every_reporter_of_the_case_and_to_no_other",
        ),
        promises=(1,),
    ),
    Fault(
        "a list shows what cannot be opened",
        "portal/cases/visibility.py",
        "    return (Case.group_id == actor.group_id) & _is_shown(actor)",
        "    return Case.group_id.is_not(None) & _is_shown(actor)",
        (f"{WHOLE}visibility.py",),
        traps=(39,),
    ),
    Fault(
        "a withdrawn link still reports",
        f"{LIFE}guards.py",
        "    return not any(book.id == book_id and book.has_link for book in facts.books)",
        "    return False",
        (
            f"{WHOLE}guards_of_ending.py::test_a_units_link_reaches_its_own_task_book_and_only_while_it_holds",
        ),
        traps=(40,),
    ),
)
