"""Faults of checklists and of inspecting by one."""

from script.plant_faults.kinds import UNIT, WHOLE, Fault

INSPECTING = f"{WHOLE}inspecting.py::test_"
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
    Fault(
        "the later of two answers to an item overwrites the other unseen",
        "portal/inspections/services.py",
        "    if row.edits != seen:\n",
        "    if row.edits < seen:\n",
        (f"{INSPECTING}of_two_at_the_same_item_the_later_sees_both_and_no_photo_is_lost",),
        traps=(56,),
    ),
    Fault(
        "what was not applicable counts against the unit",
        "portal/risk/score.py",
        "sum(line.weight for line in lines if line.factor is not None)",
        "sum(line.weight for line in lines)",
        (f"{UNIT}score.py::test_the_worked_cases_have_their_scores",),
    ),
    Fault(
        "a record holds without the signature of one of its inspectors",
        "portal/inspections/lifecycle.py",
        "if one.side is Side.INSPECTOR} != set(inspectors):",
        "if one.side is Side.INSPECTOR} - set(inspectors):",
        (f"{INSPECTING}a_refusal_to_sign_stands_in_the_record_and_on_its_paper",),
    ),
)
