"""Faults of checklists and of inspecting by one."""

from script.plant_faults.kinds import UNIT, WHOLE, Fault

INSPECTING = f"{WHOLE}inspecting.py::test_"
CHECKLISTS = f"{WHOLE}checklists.py::test_"

OFFLINE = "tests/browser/test_inspecting_offline.py::test_"

FAULTS = (
    Fault(
        "an entry of a phone that comes twice counts twice",
        "portal/inspections/services.py",
        "        id=sent.id,\n        case_id=sent.case_id,\n",
        "        id=uuid4(),\n        case_id=sent.case_id,\n",
        (f"{INSPECTING}an_entry_of_a_phone_counts_once_and_a_clash_leaves_both",),
        promises=(1,),
    ),
    Fault(
        "a photo is said to be taken though it is not what the phone has",
        "portal/handling/views/_synced.py",
        "    if data is None or sha256(data).hexdigest() != one.sha256:\n",
        "    if data is None:\n",
        (f"{INSPECTING}a_photo_of_a_phone_is_taken_once_and_only_as_the_phone_has_it",),
        promises=(1,),
    ),
    Fault(
        "signing out leaves on the phone what was taken along",
        "portal/assets/js/inspecting/wipe.js",
        "  await deleteBox(boxOf(owner));\n",
        "",
        (f"{OFFLINE}two_inspectors_see_both_and_signing_out_leaves_nothing_on_the_phone",),
        promises=(2,),
    ),
    Fault(
        "what was drawn for a unit that refuses counts as its signature",
        "portal/handling/forms/inspecting.py",
        'drawn=drawn.get(UNIT, "") if signing == Signing.SIGNED else "",',
        'drawn=drawn.get(UNIT, ""),',
        (f"{INSPECTING}a_refusal_and_a_drawn_signature_stand_in_the_record_and_on_its_paper",),
    ),
    Fault(
        "a checklist that is out of use is still proposed",
        "portal/presets/checklists.py",
        "for code, value in found_values.items() if not value.ended}",
        "for code, value in found_values.items()}",
        (f"{CHECKLISTS}one_out_of_use_is_proposed_no_more_until_it_is_taken_back",),
    ),
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
        "[line.weight for line in lines if line.factor is not None]",
        "[line.weight for line in lines]",
        (f"{UNIT}score.py::test_the_worked_cases_have_their_scores",),
    ),
    Fault(
        "a record holds without the signature of one of its inspectors",
        "portal/inspections/lifecycle.py",
        "if one.side is Side.INSPECTOR} != set(inspectors):",
        "if one.side is Side.INSPECTOR} - set(inspectors):",
        (f"{INSPECTING}a_refusal_and_a_drawn_signature_stand_in_the_record_and_on_its_paper",),
    ),
)
