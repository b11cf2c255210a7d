"""The portal in a thread and Chromium before it: real pages, real cookies, real commits."""

import threading

import pytest
from playwright.sync_api import expect, sync_playwright
from werkzeug.serving import make_server

from script.checks import machine
from tests.support.pages import PATIENCE, Walker
from tests.support.town import demo_town, lived_town_of_all

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def playwright():
    """The one that a process can have."""
    with sync_playwright() as one:
        yield one


@pytest.fixture(scope="session")
def chromium(playwright):
    browser = playwright.chromium.launch(executable_path=machine.browser())
    yield browser
    browser.close()


@pytest.fixture
def address(app, city):
    """The portal's address on the loopback; the app's own database, `city` settled in it."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def walker(chromium, address):
    """Makes pages: `walker(script=False, language="en", width=390)`; closes them at the end."""
    made = []

    def make(**options):
        made.append(Walker(chromium, address, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def lived(server, tmp_path_factory, pytestconfig):
    """A demo city of sixty cases, to be copied; the workers of a run make one together."""
    own = tmp_path_factory.getbasetemp()
    is_one_of_several = hasattr(pytestconfig, "workerinput")
    folder = (own.parent if is_one_of_several else own) / "lived"
    with lived_town_of_all(server, folder, cases=60) as made:
        yield made


@pytest.fixture(scope="module")
def town(server, lived, tmp_path_factory):
    """A copy of the demo city with the portal before it; its reports are used up by the way."""
    with demo_town(server, tmp_path_factory.mktemp("town"), lived) as made:
        yield made


@pytest.fixture
def townsman(chromium, town):
    """Makes walkers in the demo city; closes them at the end."""
    made = []

    def make(**options):
        made.append(Walker(chromium, town.address, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()
