"""The planted faults keep up with the code: each fits, and each trap and promise has one."""

from script.plant_faults.__main__ import misfits, uncovered
from script.plant_faults.faults import FAULTS


def test_every_fault_still_fits_the_code_and_names_tests_that_exist():
    assert [words for fault in FAULTS for words in misfits(fault)] == []


def test_a_fault_that_no_longer_fits_is_told(tmp_path):
    fault = FAULTS[0]
    found = misfits(fault, tmp_path)
    assert len(found) == 1 + len(fault.tests)


def test_every_trap_that_tests_claim_and_every_promise_has_a_fault():
    assert uncovered() == []


def test_faults_have_names_of_their_own_and_break_something():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert all(fault.old != fault.new and fault.tests for fault in FAULTS)
