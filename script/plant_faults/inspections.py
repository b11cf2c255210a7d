"""Faults of checklists and of inspecting by one."""

from script.plant_faults.kinds import BROWSER, UNIT, WHOLE, Fault

INSPECTING = f"{WHOLE}inspecting.py::test_"
BY_PHONE = f"{WHOLE}self_inspection_by_phone.py::test_"
SELF_FOUND = f"{WHOLE}self_found.py::test_"
CHECKLISTS = f"{WHOLE}checklists.py::test_"

OFFLINE = "tests/browser/test_inspecting_offline.py::test_"

FAULTS = (
    Fault(
        "an entry of a phone that comes twice counts twice",
        "portal/inspections/services.py",
        "        id=sent.id,\n        case_id=sent.case_id,\n",
        "        id=uuid4(),\n        case_id=sent.case_id,\n",
        (
            f"{INSPECTING}an_entry_of_a_phone_counts_once_and_a_clash_leaves_both",
            f"{BY_PHONE}what_a_unit_entered_without_a_network_counts_once_and_a_clash_leaves_both",
        ),
        promises=(1,),
    ),
    Fault(
        "a photo is said to be taken though it is not what the phone has",
        "portal/web/along.py",
        "    if data is None or sha256(data).hexdigest() != one.sha256:\n",
        "    if data is None:\n",
        (
            f"{INSPECTING}a_photo_of_a_phone_is_taken_once_and_only_as_the_phone_has_it",
            f"{BY_PHONE}a_photo_of_a_units_phone_is_taken_once_and_only_as_the_phone_has_it",
        ),
        promises=(1,),
    ),
    Fault(
        "what one unit's phone sent is told through the door of another's check",
        "portal/web/along.py",
        "    if (known.case_id, known.unit_id) != (along.case_id, along.unit_id):\n",
        "    if False:\n",
        (f"{BY_PHONE}a_check_taken_along_is_that_of_ones_own_unit_and_its_page_is_of_nobody",),
        promises=(2,),
    ),
    Fault(
        "signing out of a unit's account leaves its page on the phone",
        "portal/assets/js/inspecting/names.js",
        "['/staff/inspecting', '/unit/own/inspecting']",
        "['/staff/inspecting']",
        (
            f"{BROWSER}self_inspection_offline.py::test_what_a_unit_checked_without_a_network"
            "_is_there_once_equal_by_hash_and_leaves_no_trace",
        ),
        promises=(2,),
    ),
    Fault(
        "a refused file of a unit's own check stops the others of its press",
        "portal/enterprise/views/_own_walk.py",
        "    if kept:\n        end_unit_of_work(walk.here.session, keep=True)\n",
        "    if refused:\n        end_unit_of_work(walk.here.session, keep=False)\n",
        (f"{BY_PHONE}a_refused_file_stops_no_other_of_its_press",),
        promises=(1,),
    ),
    Fault(
        "what a unit entered after others knew counts as found by itself",
        "portal/measures/self_found.py",
        "            ~_known_before(),\n",
        "",
        (f"{SELF_FOUND}what_others_knew_before_counts_in_neither_number",),
    ),
    Fault(
        "the share of a unit holds hazards of cases that its reader cannot see",
        "portal/measures/self_found.py",
        "if actor is not None else []),\n",
        "if False else []),\n",
        (f"{SELF_FOUND}a_reader_counts_only_hazards_of_cases_that_they_see",),
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
