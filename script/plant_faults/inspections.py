"""Faults of checklists and of inspecting by one."""

from script.plant_faults.kinds import WHOLE, Fault

CHECKLISTS = f"{WHOLE}checklists.py::test_"

FAULTS = (
    Fault(
        "the slower of two changes to a checklist's draft overwrites the other",
        "portal/presets/checklists.py",
        "    if draft.edits != seen:\n",
        "    if draft.edits < seen:\n",
        (f"{CHECKLISTS}who_was_slower_sees_it_and_loses_nothing",),
        traps=(56,),
    ),
)
