"""Faults of groups: what they stand for, what they hold, who takes over."""

from script.plant_faults.kinds import WHOLE, Fault

GROUPS = f"{WHOLE}groups.py::test_"

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
)
