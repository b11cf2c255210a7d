"""Faults of what is said before sending, of the other doors, and of what units receive."""

from script.plant_faults.kinds import UNIT, WHOLE, Fault

BEFORE, DOORS = f"{WHOLE}before_sending.py::", f"{WHOLE}other_doors.py::"
UNITS = f"{WHOLE}what_units_receive.py::"

FAULTS = (
    Fault(
        "a number in Chinese numerals is nobody's",
        "portal/personal/numbers.py",
        "    for form in dict.fromkeys((plain, spoken)):\n",
        "    for form in (plain,):\n",
        (
            f"{UNIT}personal.py::test_on_sentences_that_no_rule_was_made_for_the_promised_shares_are_kept",
        ),
        promises=(2,),
    ),
    Fault(
        "a name is pointed out again and again",
        "portal/filing/views/checking.py",
        "    known = draft.get(MAY_STAY, ())\n",
        "    known = ()\n",
        (f"{BEFORE}test_what_may_tell_who_somebody_is_is_marked_and_asked_about_once",),
        promises=(2,),
    ),
    Fault(
        "who reads a report is not told of all",
        "portal/access/audience.py",
        "        if action is Action.READ_FILE:\n",
        "        if action is Action.READ_FILE and role is not Role.AUDITOR:\n",
        (f"{BEFORE}test_who_will_see_what_is_what_the_policy_says",),
        promises=(2,),
    ),
    Fault(
        "a case is shown before sending ahead of the day on which it comes out",
        "portal/measures/similar.py",
        "        if today - kept <= out <= today:\n",
        "        if today - kept <= out:\n",
        (
            f"{WHOLE}similar_cases.py::test_only_what_is_published_is_shown_and_nothing_else_is_told_apart",
        ),
        promises=(2,),
    ),
    Fault(
        "the telephone does not ask for the place",
        "portal/web/report_fields.py",
        "        if field.is_at(door) and page in (None, field.page):\n",
        '        if page in (None, field.page) and not (by_staff and field.name == "pin"):\n',
        (f"{DOORS}test_all_doors_ask_for_the_same_fields",),
        traps=(51,),
        promises=(1,),
    ),
    Fault(
        "a caller's name is that of who picks up",
        "portal/handling/forms/taking_down.py",
        "            self.arrived_on.data = today\n",
        '            self.arrived_on.data, self.name.data = today, "dispatcher"\n',
        (
            f"{DOORS}test_somebody_who_calls_is_asked_in_order_and_nothing_of_the_staff_is_filled_in",
        ),
        traps=(49,),
    ),
    Fault(
        "a letter waits since somebody opened it",
        "portal/clocks/replay.py",
        '            since = fact.moment("arrived_at") or fact.at\n',
        "            since = fact.at\n",
        (f"{DOORS}test_a_letter_waits_since_it_arrived_and_its_scan_goes_along",),
    ),
    Fault(
        "the printed form leaves a field out",
        "portal/filing/views/paper.py",
        "for field in REPORT_FIELDS if field.is_at(Door.PAPER)\n",
        "for field in REPORT_FIELDS[:-1] if field.is_at(Door.PAPER)\n",
        (f"{DOORS}test_the_printed_form_holds_the_same_fields_and_says_who_sees_them",),
        traps=(51,),
    ),
    # what units receive
    Fault(
        "a task tells the unit what the report said",
        "portal/cases/queries/unit_page.py",
        "            evidence=_text(said, row.evidence_text_id),\n",
        "            evidence=next(\n"
        '                iter(words(session, [one.text_id for one in case.reports]).values()), ""\n'
        "            ),\n",
        (f"{UNITS}test_nothing_that_goes_out_to_a_unit_holds_anything_of_the_report",),
        traps=(28,),
        promises=(2,),
    ),
    Fault(
        "a unit's page gets a field that nobody thought about",
        "portal/cases/queries/unit_page.py",
        "    check_code: str\n\n    def item",
        "    check_code: str\n    case: Case | None = None\n\n    def item",
        (f"{UNITS}test_a_units_page_is_made_of_named_fields_so_that_none_gets_there_by_itself",),
        traps=(28,),
    ),
)
