"""Faults of filing, of the public pages, of files and of mails."""

from script.plant_faults.kinds import BROWSER, LIFE, ROAD, SAFE, STARTING, UNIT, WHOLE, Fault

FAULTS = (
    # filing
    Fault(
        "an expired token empties the form",
        "portal/filing/views/report.py",
        "        # Nothing is kept that another site may have sent; the page itself holds what was "
        "typed.\n",
        "        form = first_form(nonce, None, {})\n",
        (
            f"{WHOLE}filing_loses_nothing.py::test_a_bad_token_keeps_the_text_on_the_page_and_saves_nothing",
        ),
        traps=(21,),
        promises=(1,),
    ),
    Fault(
        "a dead draft stays dead",
        "portal/reports/services.py",
        '            "expires_at": case((Draft.expires_at <= now, expires), '
        "else_=Draft.expires_at),\n",
        "",
        (f"{WHOLE}filing_loses_nothing.py::test_a_dead_draft_begins_anew_with_what_is_sent",),
        promises=(1,),
    ),
    Fault(
        "a double press files twice",
        STARTING,
        "    lock_nonce(session, nonce)\n",
        "",
        (f"{WHOLE}two_at_once.py::test_sending_one_form_twice_at_once_gives_one_report",),
        promises=(1,),
    ),
    # flood
    Fault(
        "a spent challenge is taken again",
        "portal/filing/views/flood.py",
        "    if not is_first:\n",
        "    if False:\n",
        (f"{WHOLE}flood.py::test_an_answer_counts_once",),
    ),
    Fault(
        "the report above the rate is refused",
        "portal/filing/views/flood.py",
        "        return now_at is Level.SLOW\n",
        "        return None if now_at is Level.SLOW else False\n",
        (
            f"{WHOLE}flood.py::test_two_hundred_reports_in_ten_minutes_from_one_address_are_all_taken",
            f"{WHOLE}flood.py::test_no_answer_to_the_question_loses_anything_and_none_is_the_last_word",
        ),
        traps=(44,),
        promises=(1,),
    ),
    Fault(
        "no alarm is raised of a mass event",
        "portal/cases/services/alarms.py",
        "        _raise(session, burst, came, preset, now)\n",
        "        pass\n",
        (f"{WHOLE}flood.py::test_a_mass_event_stands_on_the_desk_leads_to_its_reports_and_ends",),
    ),
    Fault(
        "a guessed code is looked up without an answer",
        "portal/filing/views/follow.py",
        "    if is_guessed and not flood.",
        "    if not is_guessed and not flood.",
        (
            f"{SAFE}public_surface.py::test_guessed_codes_cost_an_answer_each_and_stop_neither_the_owner_nor_filing",
        ),
        traps=(41,),
    ),
    Fault(
        "a device says that it kept what it could not keep",
        "portal/assets/js/offline/page.js",
        "    return kept.catch(() => { this.say('failed'); return false; });\n",
        "    return kept.catch(() => { this.say('saved'); return false; });\n",
        (f"{BROWSER}offline.py::test_a_device_that_keeps_nothing_says_so_and_loses_nothing",),
        traps=(48,),
        promises=(1,),
    ),
    Fault(
        "what waits on a device is not called unsent",
        "portal/assets/js/offline/kept.js",
        ": said[state];\n",
        ": said.sent;\n",
        (
            f"{BROWSER}offline.py::test_a_report_written_without_a_network_is_kept_sent_once_and_wiped",
        ),
        traps=(48,),
        promises=(1,),
    ),
    Fault(
        "without a network the photo goes as it was before it was covered",
        "portal/assets/js/offline/files.js",
        "    await page.box.addFile(page.draft.id, key, blob);\n",
        "    await page.box.addFile(page.draft.id, key, photo);\n",
        (f"{BROWSER}offline.py::test_what_is_covered_without_a_network_never_leaves_the_phone",),
        promises=(2,),
    ),
    Fault(
        "an empty frame stands where the map's script did not come",
        "portal/templates/components/map.html",
        'data-module="portal-map" hidden data-boundaries',
        'data-module="portal-map" data-boundaries',
        (f"{BROWSER}place.py::test_without_map_or_script_each_still_files",),
        traps=(43,),
    ),
    Fault(
        "what waited on a device is filed with every try",
        "portal/filing/views/offline.py",
        "    if by_nonce(db.session(), nonce) is not None:\n",
        "    if by_nonce(db.session(), nonce) is not None:\n"
        "        nonce = bytes(reversed(nonce))\n"
        "    if by_nonce(db.session(), nonce) is not None:\n",
        (
            f"{WHOLE}offline_filing.py::test_what_was_kept_is_filed_once_and_every_repeat_shows_its_code",
        ),
        promises=(1,),
    ),
    Fault(
        "a line that breaks takes along what came before",
        "portal/web/tus.py",
        '            data = b""\n',
        "            return\n",
        (
            f"{WHOLE}resumable_uploads.py::test_whatever_happens_on_the_way_what_arrives_is_what_was_sent_once",
        ),
        traps=(22,),
        promises=(1,),
    ),
    Fault(
        "a photo chosen again after a reload begins anew",
        "portal/assets/js/sending.js",
        "  if (window.crypto.subtle) {\n",
        "  if (window.crypto.lacking) {\n",
        (f"{BROWSER}photos.py::test_a_photo_arrives_once_over_a_line_of_20_kb_that_breaks",),
        promises=(1,),
    ),
    Fault(
        "what is covered stays in the photo",
        "portal/assets/js/cover.js",
        "      pen.fillRect(left, top,",
        "      pen.clearRect(left, top, 0, 0,",
        (f"{BROWSER}photos.py::test_what_is_covered_never_leaves_the_phone",),
        promises=(2,),
    ),
    Fault(
        "two tabs that send one file are both believed",
        "portal/filing/views/uploads.py",
        "        if found(uploads, old.id).pieces != old.pieces:\n",
        "        if found(uploads, old.id).key != old.key:\n",
        (f"{WHOLE}resumable_uploads.py::test_two_tabs_that_send_one_file_at_once_make_one",),
        promises=(1,),
    ),
    Fault(
        "a report leaves without the photos that are still being cleaned",
        "portal/filing/views/report.py",
        "    if not is_good or is_raw(draft) or not",
        "    if not is_good or not",
        (f"{WHOLE}cleaned_aside.py::test_sending_waits_for_no_long_and_loses_nothing",),
        promises=(1,),
    ),
    Fault(
        "a crowd's photos are all cleaned at once",
        "portal/integrations/aside.py",
        "        fcntl.flock(file, fcntl.LOCK_EX)\n",
        "",
        (f"{WHOLE}cleaned_aside.py::test_few_at_once_on_the_machine_and_each_once",),
        promises=(1,),
    ),
    Fault(
        "one tab's cookie takes the other tab's words",
        "portal/filing/views/drafts.py",
        'return nonce_of(request.form.get("nonce")) or nonce_of(read_cookie(DRAFT))',
        'return nonce_of(read_cookie(DRAFT)) or nonce_of(request.form.get("nonce"))',
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
        '    return render_template(\n        "filing/what_where.html",',
        "    from flask import after_this_request, make_response\n\n"
        "    after_this_request(lambda answer: make_response(with_cookie(answer, nonce)))\n"
        '    return render_template(\n        "filing/what_where.html",',
        (f"{SAFE}public_surface.py::test_no_page_sets_a_cookie_before_the_first_form_is_sent",),
        promises=(2,),
    ),
    Fault(
        "what was typed stands on the page as markup",
        "portal/templates/filing/parts.html",
        "{% else %}{{ piece.words }}{% endif %}",
        "{% else %}{{ piece.words | safe }}{% endif %}",
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
        "    form = first_form(nonce, None, _at_unit(scanned, draft))\n",
        "    keep(nonce, draft)\n    form = first_form(nonce, None, _at_unit(scanned, draft))\n",
        (f"{SAFE}public_surface.py::test_no_get_writes_anything_for_anybody",),
        traps=(32,),
    ),
    Fault(
        "a save on its way brings back what was cleared",
        "portal/filing/views/drafts.py",
        '        if draft == CLEARED:\n            raise Gone("cleared")\n        if _turn',
        "        if _turn",
        (
            "tests/integration/test_where_it_is.py"
            "::test_a_save_that_comes_after_the_clearing_brings_nothing_back",
        ),
        promises=(2,),
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
        "    form = made(kind, nonce, formdata, **draft)\n",
        "    who = current_actor().account_id\n"
        '    draft = {"name": str(who) if who else "", **draft}\n'
        "    form = made(kind, nonce, formdata, **draft)\n",
        (f"{SAFE}public_surface.py::test_who_is_signed_in_is_never_put_into_the_reporters_fields",),
        traps=(49,),
    ),
    Fault(
        "the refusal says no reason",
        "portal/cases/kinds.py",
        '_l("We did not take this on, because: %(reason)s.")',
        '_l("Received. We are deciding whether we can take it on.")',
        (f"{SAFE}public_surface.py::test_the_reporter_reads_why_and_where_to_go_after_a_refusal",),
        traps=(13,),
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
        "a file's process holds what belongs to another's",
        "portal/integrations/scrub_child.py",
        '        os.closerange(3, os.sysconf("SC_OPEN_MAX"))\n',
        "",
        (
            f"{WHOLE}scrubber.py::test_each_file_has_a_process_of_its_own_that_holds_nothing_of_another",
        ),
        traps=(27,),
    ),
    Fault(
        "files lie in the store as they came",
        "portal/attachments/lifecycle.py",
        "    return bytes(Aead(key).encrypt(data, _place(file_id, part), nonce))",
        "    return data",
        (f"{UNIT}attachment_records.py",),
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
    Fault(
        "beyond nine answers nothing is checked",
        "portal/web/questions.py",
        '        choices=[SelectChoice("", _("Choose, or leave it open")), *listed],\n',
        '        choices=[SelectChoice("", _("Choose, or leave it open")), *listed],\n'
        "        validate_choice=False,\n",
        (
            f"{WHOLE}kinds_and_questions.py::test_a_question_with_any_number_of_answers_takes_each_and_no_other",
        ),
        traps=(23,),
    ),
    Fault(
        "a hand-over is followed by nobody",
        "portal/clocks/replay.py",
        "        self._end_with_answer(fact, may_object=True)\n"
        '        self.start("office_reply", CASE, fact.at)\n',
        "        self._end_with_answer(fact, may_object=True)\n",
        (f"{WHOLE}handing_over.py::test_the_desk_is_reminded_until_the_office_has_acknowledged",),
        traps=(52,),
    ),
    Fault(
        "a pin on Chinese tiles is taken as it stands",
        "portal/filing/views/places.py",
        "    if datum_of(typed) == GCJ02:\n",
        "    if not typed:\n",
        (
            f"{WHOLE}codes_of_units.py::test_a_pin_put_on_chinese_tiles_is_kept_where_it_really_is_with_its_datum",
        ),
        traps=(57,),
    ),
    Fault(
        "nobody files without a pin",
        "portal/filing/views/places.py",
        "    if point is None or preset.boundaries is None",
        "    if point is None:\n"
        '        return "A pin is needed."\n'
        "    if preset.boundaries is None",
        (f"{WHOLE}where_it_is.py::test_what_is_no_point_on_earth_is_no_pin",),
        traps=(43,),
    ),
)
