"""How a run's workers share its tests: file by file, what takes longest first.

A worker that ends with minutes to go for another is lost time, and what a file prepares is prepared
once where one worker takes the file.
"""

import pytest

FORMS = "tests/security/test_every_form.py"
WALKS = "tests/browser/test_every_page.py::test_everybody_reaches_every_page_by_links_and_buttons"
#: Seconds of what takes longest, by file or by test, measured once: only their order counts. Of a
#: file of which a test is named here each test may go to another worker.
LONGEST = {
    f"{WALKS}[zh]": 270,
    f"{WALKS}[en-without-script]": 155,
    f"{FORMS}::test_a_refused_form_comes_back_with_every_string_in_every_field": 140,
    f"{FORMS}::test_what_a_form_takes_is_stored_as_typed_and_read_as_typed": 120,
    "tests/integration/test_case_pages.py": 80,
    "tests/browser/test_measured_ease.py": 75,
    "tests/integration/test_demo_city.py": 60,
    "tests/integration/test_scrubber.py": 60,
    "tests/integration/test_kill_nine.py": 55,
    "tests/integration/test_administration.py": 50,
    "tests/security/test_nobody_exposed.py": 45,
    "tests/security/test_public_surface.py": 45,
    f"{FORMS}::test_no_rubbish_in_an_argument_is_a_fault": 42,
    "tests/integration/test_worker.py": 40,
    "tests/integration/test_worked_cases.py": 40,
    "tests/integration/test_supervisor.py": 35,
    "tests/integration/test_restore_drill.py": 30,
    "tests/browser/test_offline.py": 30,
    "tests/browser/test_inspecting_offline.py": 30,
    "tests/browser/test_photos.py": 30,
    "tests/security/test_hostile_strings.py": 30,
    "tests/integration/test_measures.py": 30,
    f"{FORMS}::test_no_rubbish_in_an_address_is_a_fault": 21,
}


def cost(nodeid):
    """Return what a test, or its file, was seen to take."""
    return LONGEST.get(share(nodeid), 0)


def share(nodeid):
    """Return what goes to one worker together: a file, or a long test of its own."""
    return nodeid if nodeid in LONGEST else nodeid.partition("::")[0]


def pytest_addoption(parser):
    parser.addoption("--asking-for", metavar="FIXTURE", help="only tests that use this fixture")


def pytest_collection_modifyitems(config, items):
    """Keep what is asked for. A worker of several takes what is long first."""
    if wanted := config.getoption("--asking-for"):
        other = [item for item in items if wanted not in item.fixturenames]
        config.hook.pytest_deselected(items=other)
        items[:] = [item for item in items if wanted in item.fixturenames]
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: -cost(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give shares to whoever has nothing left to do, in the order of the tests."""
    from xdist.scheduler import LoadScopeScheduling

    class Shares(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return share(nodeid)

    config.option.loadscopereorder = False
    return Shares(config, log)
