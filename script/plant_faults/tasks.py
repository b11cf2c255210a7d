"""Faults of task books: more time, major hazards, papers."""

from script.plant_faults.kinds import LIFE, WHOLE, Fault

FAULTS = (
    Fault(
        "more time is granted when it is over",
        f"{LIFE}extending.py",
        "    if facts.read_at > stretch.due_at:\n",
        "    if facts.read_at < facts.case.opened_at:\n",
        (
            f"{WHOLE}more_time.py::test_a_unit_asks_up_to_the_last_minute_and_a_lead_grants_within_the_cap",
            f"{WHOLE}more_time.py::test_what_was_late_stays_late_whatever_is_decided_afterwards",
        ),
        traps=(15, 16),
    ),
    Fault(
        "one person signs twice for a major hazard",
        f"{LIFE}levels.py",
        "    same = facts.actor.person_id == item.signed_by\n",
        "    same = facts.actor.account_id == item.signed_by\n",
        (f"{WHOLE}major_hazards.py::test_two_people_sign_after_a_check_on_site",),
        traps=(18,),
    ),
    Fault(
        "a book for a major hazard goes out without its five",
        f"{LIFE}guards.py",
        "        if hazard.level is Level.MAJOR and not item.done:\n",
        "        if hazard.level is Level.MAJOR and item.done:\n",
        (
            f"{WHOLE}major_hazards.py::test_a_book_for_a_major_hazard_is_whole_and_its_protection_has_a_clock",
        ),
        traps=(15,),
    ),
    Fault(
        "an order does not say how to contest it",
        "portal/web/orders.py",
        '        "after": [_reconsideration(preset), _signing(page)],\n',
        '        "after": [_signing(page)],\n',
        (f"{WHOLE}orders.py::test_an_order_holds_what_it_must_and_nothing_of_the_report",),
        traps=(28,),
    ),
    Fault(
        "only the very same bytes are the same picture",
        "portal/integrations/looks.py",
        "    return (one ^ other).bit_count() <= ALIKE_UP_TO\n",
        "    return one is other\n",
        (
            f"{WHOLE}same_picture.py::test_a_picture_saved_anew_for_another_task_is_told_to_who_checks",
        ),
    ),
    Fault(
        "a hazard that a ruling refuted still needs a task",
        f"{LIFE}closing.py",
        "        and not hazard.is_refuted\n",
        "",
        (
            f"{WHOLE}refuted_hazards.py::test_what_a_ruling_refutes_needs_no_task_and_the_rest_is_put_right",
        ),
    ),
    Fault(
        "a ruling ends a hazard for which other tasks count",
        f"{LIFE}closing.py",
        '    return Lack("refute_other_tasks", "no_hazard") if len(others) > 1 else None\n',
        "    return None if others else None\n",
        (f"{WHOLE}refuted_hazards.py::test_a_ruling_refutes_only_what_the_objection_is_about",),
        traps=(15,),
    ),
)
