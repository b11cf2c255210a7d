"""Faults of the register of units."""

from script.plant_faults.kinds import WHOLE, Fault

REGISTER = f"{WHOLE}register_of_units.py::test_"

FAULTS = (
    Fault(
        "the slower of two changes to a unit overwrites the other",
        "portal/units/services/register.py",
        "    if unit.version != seen:\n",
        "    if unit.version < seen:\n",
        (f"{REGISTER}who_was_slower_sees_both_and_overwrites_nothing_unseen",),
        traps=(56,),
    ),
    Fault(
        "a unit's page lists cases that the reader must not know of",
        "portal/cases/queries/of_unit.py",
        "Case.unit_id == unit_id, visible_to(actor, Action.READ_FILE))",
        "Case.unit_id == unit_id)",
        (f"{REGISTER}a_unit_shows_of_its_cases_only_what_the_reader_can_see",),
        traps=(39,),
    ),
    Fault(
        "a file of units that is sent twice comes in twice",
        "portal/units/services/imports.py",
        "        if row.registration_code in codes or place in places:\n",
        "        if row.registration_code in codes:\n",
        (
            f"{REGISTER}a_file_comes_in_once_and_its_bad_lines_are_listed",
            f"{REGISTER}the_command_takes_in_a_register_and_names_bad_lines",
        ),
    ),
    Fault(
        "a walk through the register skips a unit at each page",
        "portal/units/queries/register.py",
        "next_key=Key(Order.ID, ids[limit - 1])",
        "next_key=Key(Order.ID, ids[limit])",
        (f"{REGISTER}pages_hold_every_unit_once_sorted_or_walked",),
    ),
)
