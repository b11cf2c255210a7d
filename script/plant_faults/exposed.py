"""Faults that would expose who reports: traces, headers, files."""

from script.plant_faults.kinds import SAFE, UNIT, WHOLE, Fault

FAULTS = (
    Fault(
        "the key under which askers are counted is never forgotten",
        "portal/web/rates.py",
        "return _Window(number, self._entropy(32),",
        "return _Window(number, self._present.key or self._entropy(32),",
        (f"{UNIT}rates.py::test_memory_holds_no_address_and_forgets_its_keys",),
        promises=(2,),
    ),
    Fault(
        "a fault is logged with what it says",
        "portal/web/refusals.py",
        "type(error).__name__, where, request.endpoint)",
        "repr(error), where, request.endpoint)",
        (f"{WHOLE}unit_pages.py::test_a_fault_does_not_write_the_token_to_the_log",),
        traps=(26,),
        promises=(2,),
    ),
    Fault(
        "the proxy of the manual writes down who came",
        "docs/examples/nginx.conf",
        "    server_name .onion;\n    server_tokens off;\n\n    access_log off;\n",
        "    server_name .onion;\n    server_tokens off;\n\n    access_log onion.log;\n",
        (f"{UNIT}proxy_example.py",),
        promises=(2,),
    ),
    Fault(
        "some wrong codes cost more than others",
        "portal/reports/lifecycle.py",
        '    return hmac.digest(key, code.encode(), "sha256")',
        '    if code.startswith("0"):\n'
        '        hmac.digest(key, code.encode(), "sha256")\n'
        '    return hmac.digest(key, code.encode(), "sha256")',
        (
            f"{SAFE}traces.py::test_reading_with_a_code_writes_nothing_and_wrong_codes_cost_the_same",
        ),
        traps=(41,),
    ),
    Fault(
        "who has a receipt code is handed the files",
        "portal/filing/views/follow.py",
        '@filing.get("/receipt/report")\n',
        '@filing.get("/receipt/files/<uuid:file_id>")\n'
        "@needs(Action.READ_RECEIPT)\n"
        "def given(file_id: UUID) -> ResponseReturnValue:\n"
        "    from portal.attachments.kinds import Part\n"
        "    from portal.attachments.models import Attachment\n"
        "    from portal.attachments.queries import content\n\n"
        "    row = db.session.get_one(Attachment, file_id)\n"
        '    key = keys.in_use().key("attachments")\n'
        "    body, kind = content(row, store=store(), key=key, part=Part.COPY)\n"
        '    return body, 200, {"Content-Type": kind}\n\n\n'
        '@filing.get("/receipt/report")\n',
        (f"{SAFE}files_leak_nothing.py::test_who_finds_a_receipt_can_download_nothing",),
        traps=(58,),
        promises=(2,),
    ),
    Fault(
        "a file for one reporter is shown to another of the same matter",
        "portal/cases/queries/following.py",
        "    if found.purpose is Purpose.SENT and found.report_id == report.id:\n",
        "    if found.purpose is Purpose.SENT:\n",
        (
            f"{WHOLE}thread_with_files.py::test_a_file_of_the_answer_is_cleaned_and_reaches_its_reporter_alone",
        ),
        traps=(58,),
        promises=(2,),
    ),
    Fault(
        "the receipt page calls the copy the original",
        "portal/filing/views/standing.py",
        '            "original": file.original_sha256,\n',
        '            "original": file.copy_sha256,\n',
        (f"{WHOLE}receipt_page.py::test_of_each_file_it_says_what_was_removed_and_both_hashes",),
        promises=(4,),
    ),
    Fault(
        "a public page promises what nothing holds",
        "portal/templates/filing/home.html",
        '_("We record no address of your device.")',
        '_("Nobody can ever find out who you are.")',
        (f"{UNIT}public_sentences.py::test_every_public_sentence_rests_on_one_fact",),
        traps=(48,),
        promises=(2,),
    ),
    Fault(
        "leaving lets the browser keep the draft",
        "portal/web/cookies.py",
        "        drop_cookie(response, base)\n",
        "        pass\n",
        (
            f"{SAFE}traces.py::test_each_end_of_a_visit_makes_the_browser_forget_and_none_takes_the_unsent_reports",
        ),
        promises=(2,),
    ),
)
