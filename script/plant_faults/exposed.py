"""Faults that would expose who reports: traces, headers, files."""

from script.plant_faults.kinds import UNIT, Fault

FAULTS = (
    Fault(
        "the key under which askers are counted is never forgotten",
        "portal/web/rates.py",
        "return _Window(number, self._entropy(32),",
        "return _Window(number, self._present.key or self._entropy(32),",
        (f"{UNIT}rates.py::test_memory_holds_no_address_and_forgets_its_keys",),
        promises=(2,),
    ),
)
