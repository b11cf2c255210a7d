"""The faults: what to break, which traps and promises it breaks, which tests must turn red."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """Replace `old`, which stands once in `path`, by `new`; then `tests` must fail."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]
    traps: tuple[int, ...] = ()
    promises: tuple[int, ...] = ()


UNIT, WHOLE, SAFE = "tests/unit/test_", "tests/integration/test_", "tests/security/test_"
LIFE = "portal/cases/lifecycle/"
ROAD = "portal/cases/services/road.py"
FACTS = "portal/cases/queries/facts.py"

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
        ),
        traps=(1, 25),
    ),
    Fault(
        "no desk, no report",
        ROAD,
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
        ),
        traps=(6,),
    ),
    Fault(
        "a holiday is worked twice over",
        "portal/clocks/days.py",
        "        worked.difference_update(day.toordinal() for day in calendar.rest "
        "if day.year == year)",
        "        worked.update(day.toordinal() for day in calendar.rest if day.year == year)",
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
        "report] = fact.at\n            self.start(CHAIN, report, fact.at)",
        "report] = fact.at",
        (
            f"{UNIT}clocks_domain.py::test_the_chain_runs_from_each_reports_click_whatever_the_groups_do",
            f"{UNIT}clocks_replay.py::test_the_sign_clock_breaches_by_itself_and_the_chain_began_at_the_click",
        ),
        traps=(45,),
    ),
    Fault(
        "clocks are cached by the reporter's floored hour",
        ROAD,
        "        _keep_clocks(session, case, preset, now=now)\n        _keep_clocks_elsewhere",
        "        _keep_clocks(session, case, preset, now=at)\n        _keep_clocks_elsewhere",
        (
            f"{WHOLE}guards_of_sorting.py::test_a_reporters_word_in_the_running_hour_takes_no_event_from_the_clocks",
        ),
        promises=(5,),
    ),
    Fault(
        "a merged case's clocks wait for an answer given elsewhere",
        ROAD,
        "        _keep_clocks_elsewhere(session, case, preset, now=now)\n",
        "",
        (
            f"{WHOLE}guards_of_sorting.py::test_a_chain_of_merges_keeps_every_reports_own_clock_until_its_answer",
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
        "    require(actor, move.action, case)  # 2 policy\n",
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
            f"{WHOLE}intake.py::test_a_press_sent_twice_is_one_decision_and_leads_to_the_same_next",
        ),
        traps=(16, 56),
    ),
    Fault(
        "who inspected may review, with another account",
        f"{LIFE}closing.py",
        "person == ordered_by or person in facts.inspectors",
        "person == ordered_by",
        (
            f"{WHOLE}random_walks.py::test_no_account_of_the_inspector_reviews_what_the_inspector_saw",
            f"{WHOLE}guards_of_ending.py::test_who_ordered_it_does_not_review_it_and_a_review_needs_a_reported_task",
        ),
        traps=(18,),
    ),
    Fault(
        "numbers begin anew after a purge",
        ROAD,
        'set_={"next": NumberCounter.next + count},',
        'set_={"next": NumberCounter.next + 1},',
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
        (f"{WHOLE}guards_of_sorting.py::test_merge_then_split_gives_back_what_was",),
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
        "    return false() if actor.group_id is None else Case.group_id == actor.group_id",
        "    return false() if actor.group_id is None else Case.group_id.is_not(None)",
        (f"{WHOLE}visibility.py",),
        traps=(39,),
    ),
    Fault(
        "a withdrawn link still reports",
        f"{LIFE}guards.py",
        "if not any(book.id == item.task_book_id and book.has_link for book in facts.books):",
        "if False:",
        (
            f"{WHOLE}guards_of_ending.py::test_a_units_link_reaches_its_own_task_book_and_only_while_it_holds",
        ),
        traps=(40,),
    ),
    # filing
    Fault(
        "an expired token empties the form",
        "portal/filing/views/report.py",
        "        # Nothing is kept that another site may have sent; the page itself holds what was "
        "typed.\n",
        "        form = _what_where(nonce, None, {})\n",
        (
            f"{WHOLE}filing_loses_nothing.py::test_a_bad_token_keeps_the_text_on_the_page_and_saves_nothing",
        ),
        traps=(21,),
        promises=(1,),
    ),
    Fault(
        "a dead draft stays dead",
        "portal/reports/services.py",
        '                "expires_at": case((Draft.expires_at <= now, expires), '
        "else_=Draft.expires_at),\n",
        "",
        (f"{WHOLE}filing_loses_nothing.py::test_a_dead_draft_begins_anew_with_what_is_sent",),
        promises=(1,),
    ),
    Fault(
        "a double press files twice",
        ROAD,
        "    lock_nonce(session, nonce)\n",
        "",
        (f"{WHOLE}two_at_once.py::test_sending_one_form_twice_at_once_gives_one_report",),
        promises=(1,),
    ),
    Fault(
        "one tab's cookie takes the other tab's words",
        "portal/filing/views/drafts.py",
        'return nonce_of(request.form.get("nonce")) or nonce_of(read_cookie(COOKIE))',
        'return nonce_of(read_cookie(COOKIE)) or nonce_of(request.form.get("nonce"))',
        (
            f"{WHOLE}filing_loses_nothing.py::test_two_tabs_are_two_reports_and_neither_takes_the_others_words",
        ),
        promises=(1,),
    ),
    Fault(
        "a database that is away takes the words along",
        "portal/web/refusals.py",
        "        body, status = page(503, **typed())",
        "        body, status = page(503)",
        (
            f"{WHOLE}filing_loses_nothing.py::test_a_database_that_is_away_loses_no_word_of_the_first_page",
        ),
        promises=(1,),
    ),
    Fault(
        "somebody looks at the address",
        "portal/filing/views/home.py",
        "def home() -> ResponseReturnValue:\n",
        "def home() -> ResponseReturnValue:\n    from flask import request\n\n"
        "    print(request.remote_addr)\n",
        (f"{UNIT}conventions.py::test_no_code_looks_at_who_or_where_a_visitor_is",),
        promises=(2,),
    ),
    Fault(
        "a reporter's act is stored to the second",
        ROAD,
        "at = floored_to_hour(now) if actor.role is Role.REPORTER else now",
        "at = now",
        (
            f"{WHOLE}guards_of_sorting.py::test_what_a_reporter_does_is_stored_no_finer_than_the_hour",
        ),
        promises=(2,),
    ),
    Fault(
        "a page sets a cookie before anything was sent",
        "portal/filing/views/report.py",
        '    return render_template(\n        "filing/what_where.html", form=form, '
        "nonce=nonce.hex(), has_draft=bool(draft)\n    )",
        '    return with_cookie(render_template(\n        "filing/what_where.html", form=form, '
        "nonce=nonce.hex(), has_draft=bool(draft)\n    ), nonce)",
        (f"{SAFE}public_surface.py::test_no_page_sets_a_cookie_before_the_first_form_is_sent",),
        promises=(2,),
    ),
    Fault(
        "what was typed stands on the page as markup",
        "portal/templates/components/panel.html",
        "{{ row.html if row.html else row.value }}",
        "{{ row.html if row.html else row.value | safe }}",
        (
            f"{SAFE}hostile_strings.py::test_every_string_comes_back_exactly_through_filing_and_thread",
        ),
        promises=(1,),
    ),
    Fault(
        "a GET can write",
        "portal/web/request_cycle.py",
        "        forbid_writes(connection)",
        "        pass",
        (f"{SAFE}public_surface.py::test_a_get_that_tries_to_write_is_refused_by_the_database",),
        promises=(3,),
    ),
    Fault(
        "opening a page leaves a mark",
        "portal/filing/views/report.py",
        "    nonce = nonce or secrets.token_bytes(NONCE_BYTES)\n    form = _what_where(",
        "    nonce = nonce or secrets.token_bytes(NONCE_BYTES)\n    keep(nonce, draft)\n"
        "    form = _what_where(",
        (f"{SAFE}public_surface.py::test_no_get_writes_anything_for_anybody",),
        traps=(32,),
    ),
    Fault(
        "a reporter's word is no waiting one",
        f"{LIFE}endings.py",
        "left[command.report_id] + 1 if is_reporter else 0",
        "0",
        (
            f"{SAFE}public_surface.py::test_a_word_by_the_web_wakes_the_case_like_one_by_any_other_door",
        ),
        traps=(38,),
    ),
    Fault(
        "the clerk's name is put into the reporter's field",
        "portal/filing/views/report.py",
        "    form = made(EvidenceForm, nonce, formdata, **draft)\n",
        "    who = current_actor().account_id\n"
        '    draft = {"name": str(who) if who else "", **draft}\n'
        "    form = made(EvidenceForm, nonce, formdata, **draft)\n",
        (f"{SAFE}public_surface.py::test_who_is_signed_in_is_never_put_into_the_reporters_fields",),
        traps=(49,),
    ),
    Fault(
        "the refusal says no reason",
        "portal/cases/kinds.py",
        '_l("We did not take this on, because: %(reason)s.")',
        '_l("Received. We are deciding whether we can take it on.")',
        (f"{SAFE}public_surface.py::test_the_reporter_reads_why_and_where_to_go_after_a_refusal",),
        promises=(4,),
    ),
    # files, mails
    Fault(
        "the shown copy keeps what the camera wrote",
        "portal/integrations/scrub_child.py",
        '    clean.save(stream, "JPEG", quality=85)',
        '    clean.save(stream, "JPEG", quality=85, exif=image.getexif(), comment="GPS 31.77")',
        (f"{WHOLE}scrubber.py::test_a_shown_file_keeps_its_pixels_and_nothing_else",),
        traps=(27,),
    ),
    Fault(
        "files lie in the store as they came",
        "portal/attachments/lifecycle.py",
        "    return bytes(Aead(key).encrypt(data, _place(file_id, part), nonce))",
        "    return data",
        (
            f"{SAFE}files_leak_nothing.py::test_neither_database_nor_store_holds_a_byte_in_the_clear",
        ),
        traps=(26,),
    ),
    Fault(
        "a mail quotes the case",
        "portal/jobs/letters.py",
        "        return _letter(LetterKind(delivery.kind), person.email, [_case_link(case_id)])",
        "        from portal.cases.models import Case\n"
        "        from portal.cases.queries import titles\n\n"
        "        found = titles(session, [session.get_one(Case, case_id)])\n"
        "        return _letter(\n"
        "            LetterKind(delivery.kind),\n            person.email,\n"
        "            [_case_link(case_id), found[case_id]],\n"
        "        )",
        (f"{WHOLE}mails.py::test_no_mail_holds_a_word_of_the_case",),
        traps=(28,),
    ),
    Fault(
        "mails come at night",
        "portal/notices/lifecycle.py",
        "    if not _within(local.time(), begin, end):",
        "    if True:",
        (f"{WHOLE}notices.py::test_in_quiet_hours_a_mail_waits_for_the_morning",),
        traps=(47,),
    ),
)
