"""Further faults of the same traps, each in another part that could fall into them."""

from script.plant_faults.kinds import LIFE, SAFE, UNIT, WHOLE, WRITING, Fault

FAULTS = (
    # rules and clocks
    Fault(
        "a dead target is no error",
        "portal/routing/lint.py",
        'yield _error("dead_target", rule.id, **values)',
        'yield _error("target_away", rule.id, **values)',
        (f"{UNIT}routing_lint.py::test_a_dead_target_is_an_error_and_the_command_says_so",),
        traps=(1,),
    ),
    Fault(
        "a trade of ours is left to the desk",
        "portal/presets/changzhou/routing.yaml",
        "    to: insp-special\n",
        "    to: duty-desk\n",
        (f"{UNIT}routing.py::test_every_trade_in_every_place_ends_with_people_who_can_act",),
        traps=(52,),
    ),
    Fault(
        "an hour typed afterwards undoes a missed visit",
        "portal/clocks/replay.py",
        "        if visited is not None and run.missed is None:",
        "        if visited is not None:",
        (
            f"{UNIT}clocks_replay.py::test_an_urgent_visit_ends_when_somebody_was_there_and_is_late_when_it_is_told_late",
        ),
        traps=(9,),
    ),
    Fault(
        "what is sent to any address is read whole",
        "portal/web/turns.py",
        "        if length and not self._takes(environ):",
        "        if length < 0:",
        (f"{WHOLE}bad_input.py::test_a_body_for_an_address_that_takes_none_is_never_read",),
    ),
    Fault(
        "the choice of a refused sending begins a sent form again",
        "portal/filing/views/similar.py",
        "    keep(nonce, {SAME_AS: said}, unless_sent=True)",
        "    keep(nonce, {SAME_AS: said})",
        (f"{WHOLE}similar_cases.py::test_of_two_sends_at_once_one_is_asked_back_and_both_end",),
        promises=(1,),
    ),
    Fault(
        "the later limit takes the place of the stricter",
        "portal/clocks/replay.py",
        "            run.limits.append(limit)",
        "            run.limits[:] = [limit]",
        (
            f"{UNIT}clocks_replay.py::test_of_two_limits_the_stricter_holds_unless_a_lead_says_otherwise",
        ),
        traps=(3,),
    ),
    Fault(
        "an extension that comes too late wipes out the breach",
        "portal/clocks/runs.py",
        "        run.missed, run.missed_limit = found.due, found.limit",
        "        pass",
        (f"{UNIT}clocks_replay.py::test_an_extension_after_the_due_date_wipes_out_no_breach",),
        traps=(9,),
    ),
    Fault(
        "ending a case cancels what it was late with",
        "portal/clocks/runs.py",
        "    is_late = run.recorded is not None or run.missed is not None\n",
        "    is_late = run.recorded is not None or run.missed is not None\n"
        "    due_at = None if run.is_cancelled else due_at\n",
        (
            f"{UNIT}clocks_episodes.py::test_closing_and_reopening_erase_no_breach",
            f"{UNIT}clocks_properties.py::test_no_breach_ever_disappears_whatever_happens_later",
        ),
        traps=(9,),
    ),
    Fault(
        "reopening runs the conclusion anew over the first",
        "portal/clocks/replay.py",
        "        self.is_verified = self.is_concluded = self.is_merged = False\n"
        "        for report in self.reports:",
        "        self.is_verified = self.is_concluded = self.is_merged = False\n"
        '        for run in self.runs_of("handling_total", CASE):\n'
        "            run.go_on()\n"
        "        for report in self.reports:",
        (f"{WHOLE}measures.py::test_reopening_keeps_the_first_conclusion_and_its_punctuality",),
        traps=(9, 53),
    ),
    Fault(
        "a reopened case keeps the old verification",
        f"{LIFE}endings.py",
        '            "verified_at": None,\n            "finding": None,\n',
        "",
        (f"{WHOLE}guards_after_the_answer.py::test_a_reopened_case_is_done_anew_and_closes_again",),
        traps=(53,),
    ),
    Fault(
        "a clock that was answered is reminded of",
        "portal/cases/services/telling.py",
        "    running = ClockReading.stopped_at.is_(None) & ClockReading.due_at.between(",
        "    running = ClockReading.stopped_at.is_(None) & ~ClockReading.due_at.between(",
        (
            f"{WHOLE}reminders_and_digest.py::test_each_due_date_is_reminded_of_a_working_day_before_and_at_it",
            f"{WHOLE}reminders_and_digest.py::test_a_reminder_before_a_weekend_comes_on_the_friday",
        ),
        traps=(33,),
    ),
    Fault(
        "a limit that came later does not know the pause",
        "portal/clocks/runs.py",
        "    if pauses and limit is not None and limit.pausable:\n        spans, goes_on",
        "    if pauses and limit is run.limits[0] and limit.pausable:\n        spans, goes_on",
        (f"{UNIT}clocks_replay.py::test_a_pause_is_kept_when_the_stricter_limit_takes_over",),
        traps=(5,),
    ),
    Fault(
        "undoing a merge forgets the reviews that fell due",
        "portal/clocks/replay.py",
        "            self.is_merged = False\n            self.start_overdue_reviews(fact.at)\n",
        "            self.is_merged = False\n",
        (
            f"{UNIT}clocks_episodes.py::test_undoing_a_merge_hides_no_review_that_was_missed_in_the_meantime",
        ),
        traps=(9,),
    ),
    Fault(
        "looking at a clock winds it on",
        "portal/clocks/readings.py",
        "    replay = Replay(policies, calendar, case_id, reports)\n",
        "    global SEEN\n"
        '    SEEN = max(globals().get("SEEN", as_of), as_of)\n'
        "    as_of = SEEN\n"
        "    replay = Replay(policies, calendar, case_id, reports)\n",
        (f"{UNIT}clocks_episodes.py::test_reading_a_clock_changes_no_clock",),
        traps=(32,),
    ),
    Fault(
        "reporters are answered two days later than the field's cases have it",
        "portal/presets/changzhou/limits.yaml",
        "stops: feedback_at, value: 10,",
        "stops: feedback_at, value: 12,",
        (f"{WHOLE}worked_cases.py::test_each_deadline_stands_in_the_case_with_its_dates",),
    ),
    Fault(
        "an office takes over without a way to reach it",
        "portal/presets/changzhou/taxonomy.yaml",
        "code: ecology, moves: [transfer_out],",
        "code: ecology, moves: [refer_accident],",
        (f"{UNIT}preset_changzhou.py::test_every_refusal_and_every_office_says_what_to_do_next",),
        traps=(13,),
    ),
    Fault(
        "the page offers what the function refuses",
        "portal/handling/views/_sheet.py",
        "        if offer.lack is not None:\n",
        '        if offer.lack is not None and offer.lack.reason != "not_accepted":\n',
        (f"{WHOLE}case_pages.py::test_the_page_offers_exactly_what_the_service_takes",),
        traps=(15,),
    ),
    # figures
    Fault(
        "every end is counted under every code",
        "portal/measures/counts.py",
        "    return Case.resolution == resolution",
        "    return Case.resolution.is_not(None)",
        (f"{WHOLE}measures.py::test_counts_of_the_cohort",),
        traps=(12,),
    ),
    Fault(
        "a merged case waits beside the one it went into",
        "portal/measures/stages.py",
        "    return and_(Case.state != State.CLOSED, Case.concluded_at.is_(None))",
        "    return Case.concluded_at.is_(None)",
        (f"{WHOLE}measures.py::test_what_waits_now_is_counted_whenever_it_came",),
        traps=(42,),
    ),
    # one road
    Fault(
        "one report that leaves takes all along",
        f"{LIFE}effects.py",
        "    leaving = [r for r in facts.reports if r.origin_case_id == report.origin_case_id]",
        "    leaving = [r for r in facts.reports if r.origin_case_id != facts.case.id]",
        (f"{WHOLE}guards_of_merging.py::test_one_report_of_a_chain_of_merges_leaves_alone",),
        traps=(42,),
    ),
    Fault(
        "the first case that is refused ends the bulk",
        "portal/handling/views/_bulk.py",
        "            results.append(Result(case_id, number, sentence(refusal)))\n",
        "            results.append(Result(case_id, number, sentence(refusal)))\n"
        "            break\n",
        (f"{WHOLE}queue.py::test_bulk_does_each_by_itself_and_says_of_each_what_became_of_it",),
        traps=(16,),
    ),
    Fault(
        "what the first press did is told as refused to the second",
        "portal/handling/views/_bulk.py",
        "        if not _is_done(session, actor, command, move):\n",
        "        if True:\n",
        (f"{WHOLE}queue.py::test_bulk_does_each_by_itself_and_says_of_each_what_became_of_it",),
        traps=(16,),
    ),
    Fault(
        "a second press on the intake is a colleague's",
        "portal/handling/views/_deciding.py",
        "    if is_mine and _same(decided.move, since, form, sheet, again):",
        "    if False and _same(decided.move, since, form, sheet, again):",
        (f"{WHOLE}intake.py::test_a_press_sent_twice_is_one_decision_and_leads_to_the_same_next",),
        traps=(16,),
    ),
    Fault(
        "two who draw a number at once get the same",
        WRITING,
        '"next": free + put.excluded.next - 1',
        '"next": put.excluded.next',
        (
            f"{WHOLE}two_at_once.py::test_numbers_drawn_at_once_and_rolled_back_are_never_given_twice",
        ),
        traps=(20,),
    ),
    Fault(
        "a case can be written without its event",
        "migrations/versions/0001_reports_cases_and_history.py",
        "CREATE CONSTRAINT TRIGGER cases_recorded AFTER INSERT OR UPDATE ON cases",
        "CREATE CONSTRAINT TRIGGER cases_recorded AFTER UPDATE ON cases",
        (f"{SAFE}fences.py::test_a_case_cannot_be_made_without_an_event",),
        traps=(14,),
    ),
    Fault(
        "verifying looks at events and not at the rows",
        "portal/measures/integrity.py",
        'if column != "id" and (\n            column not in given_columns',
        'if column == "id" and (\n            column not in given_columns',
        (f"{SAFE}history_attacks.py::test_a_case_column_that_its_events_do_not_give_is_named",),
        traps=(14,),
        promises=(5,),
    ),
    Fault(
        "search finds what cannot be opened",
        "portal/cases/queries/search.py",
        "    query = select(Case).where(matches, visible_to(actor))",
        "    query = select(Case).where(matches)",
        (f"{WHOLE}case_pages.py::test_what_cannot_be_seen_is_not_listed_not_found_and_not_opened",),
        traps=(39,),
    ),
    # what a reporter was told
    Fault(
        "a promise that was moved is forgotten",
        "portal/cases/lifecycle/promises.py",
        "            found[before] = replace(found[before], later=one.day)\n",
        "            del found[before]\n",
        (
            f"{WHOLE}promises.py::test_a_date_that_moved_stays_as_it_was_told_and_is_judged_by_its_own_day",
        ),
        traps=(48,),
        promises=(5,),
    ),
    Fault(
        "retaliation goes to the group that it is about",
        "portal/cases/services/safety.py",
        "        hidden_from=sorted(_handled_by(events), key=str),\n",
        "",
        (
            f"{WHOLE}safety_question.py::test_a_yes_goes_by_the_rules_to_a_supervision_group_that_had_no_part",
            f"{WHOLE}safety_question.py::test_nobody_who_handled_the_report_sees_that_there_is_a_yes",
        ),
        traps=(29,),
    ),
    Fault(
        "a picture is reached by the code before it is released",
        "portal/cases/queries/following.py",
        "    if file_id not in released(events_of(session, case_.id)):\n",
        "    if False:\n",
        (
            f"{WHOLE}released_pictures.py::test_only_what_a_handler_released_is_reached_by_the_code_and_only_as_long",
        ),
        traps=(26, 58),
    ),
    Fault(
        "a promise counts as kept before its day is over",
        "portal/measures/promises.py",
        "        ToldPromise.due_at <= min(scope.period.end, now),\n",
        "        ToldPromise.due_at <= scope.period.end,\n",
        (f"{WHOLE}promises_published.py::test_each_date_counts_once_its_own_day_is_over",),
        traps=(10,),
        promises=(5,),
    ),
    Fault(
        "the director does not hear of retaliation",
        "portal/cases/services/safety.py",
        "            EventKind.SAFETY_TOLD,\n            preset.notices,\n",
        "            EventKind.NOTED,\n            preset.notices,\n",
        (
            f"{WHOLE}notices.py::test_retaliation_tells_the_director_at_the_full_hour_and_nothing_of_it",
        ),
        traps=(29,),
    ),
    Fault(
        "an address outlives its case",
        "portal/notices/services.py",
        '    gone = {"body": None, "state": AddressState.CLOSED}\n',
        '    gone = {"has_news": False}\n',
        (
            f"{WHOLE}reporter_notices.py::test_where_nothing_waits_closing_erases_it_in_the_same_moment",
        ),
        traps=(26,),
    ),
    Fault(
        "the map tells small numbers",
        "portal/oversight/views/places.py",
        "    column = protected(list(found.values()), few)\n",
        "    column = protected(list(found.values()), 0)\n",
        (
            f"{WHOLE}published_places.py::test_a_quarter_is_drawn_when_it_is_long_over_and_small_numbers_are_not_told",
        ),
        promises=(2,),
    ),
    # who is told
    Fault(
        "an unknown mailbox is tried for ever",
        "portal/notices/services.py",
        "    if for_good or row.attempts >= TRIES:",
        "    if row.attempts >= TRIES:",
        (
            f"{WHOLE}mails.py::test_a_refused_recipient_is_parked_at_once_and_others_are_not_held_up",
        ),
        traps=(25,),
    ),
    Fault(
        "a notice to nobody is done",
        "portal/notices/queries.py",
        "                Notice.state == NoticeState.NOBODY,\n",
        "",
        (f"{WHOLE}notices.py::test_a_unit_without_an_address_is_shown_and_not_silently_left_out",),
        traps=(25,),
    ),
    Fault(
        "red waits for the morning, too",
        "portal/cases/services/telling.py",
        "    if is_red(case):\n        return None\n",
        "",
        (f"{WHOLE}notices.py::test_red_does_not_wait",),
        traps=(47,),
    ),
    Fault(
        "a due date at midnight rings at midnight",
        "portal/cases/services/telling.py",
        "            not_before=_quiet(case, preset, now),\n",
        "            not_before=None,\n",
        (f"{WHOLE}reminders_and_digest.py::test_a_reminder_at_midnight_waits_for_the_morning",),
        traps=(47,),
    ),
    # many at once
    Fault(
        "a slow line holds a turn",
        "portal/web/turns.py",
        '        with _arrived(environ["wsgi.input"], length) as body:\n',
        '        with self._turns, _arrived(environ["wsgi.input"], length) as body:\n',
        (f"{UNIT}turns.py::test_a_slow_line_takes_nobodys_turn",),
    ),
    Fault(
        "half of a form is taken for all",
        "portal/web/turns.py",
        "yield held if came == length else Broken(held)",
        "yield held",
        (f"{UNIT}turns.py::test_what_a_broken_line_brought_is_never_taken_for_all",),
        traps=(22,),
        promises=(1,),
    ),
)
