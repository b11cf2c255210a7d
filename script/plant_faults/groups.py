"""Faults of groups: what they stand for, what they hold, who takes over."""

from script.plant_faults.kinds import WHOLE, Fault

GROUPS = f"{WHOLE}groups.py::test_"
LEAVING = f"{WHOLE}leaving_a_group.py::test_"

FAULTS = (
    Fault(
        "the numbers of a group count cases that the reader must not know of",
        "portal/cases/queries/of_groups.py",
        "        .where(visible_to(actor), or_(is_open, is_done))\n",
        "        .where(or_(is_open, is_done))\n",
        (f"{GROUPS}each_number_is_the_length_of_the_list_behind_it",),
        traps=(39,),
    ),
    Fault(
        "the slower of two changes to a group overwrites the other",
        "portal/accounts/services/groups.py",
        "    if group.version != seen:\n",
        "    if group.version < seen:\n",
        (f"{GROUPS}an_edit_is_refused_to_whoever_saw_an_older_group",),
        traps=(56,),
    ),
    Fault(
        "whoever is made the handler may be gone when it is written",
        "portal/accounts/queries.py",
        "    .with_for_update(read=True, of=[Membership, Account])\n",
        "",
        (f"{LEAVING}a_case_that_comes_while_somebody_leaves_has_an_owner",),
    ),
    Fault(
        "a case that comes while its handler leaves stays with them",
        "portal/cases/services/handing_over.py",
        "    if {case.id for case in session.scalars(wanted)} - {case.id for case in cases}:\n",
        "    if False:\n",
        (f"{LEAVING}a_case_that_comes_while_somebody_leaves_has_an_owner",),
    ),
    Fault(
        "the last of a group leaves its open cases to nobody",
        "portal/cases/services/handing_over.py",
        "        if group_id not in manned and has_open(session, group_id):\n",
        "        if group_id not in manned and not has_open(session, group_id):\n",
        (f"{LEAVING}the_last_of_a_group_with_open_cases_does_not_leave",),
    ),
    Fault(
        "the morning says nothing of cases whose handler has left",
        "portal/cases/queries/digest.py",
        "        left=_part(session, open_here, led, handler_left(day)),\n",
        "        left=_part(session, false()),\n",
        (
            f"{WHOLE}reminders_and_digest.py::"
            "test_a_digest_names_what_is_new_due_and_late_to_whom_it_waits_for",
        ),
    ),
)
