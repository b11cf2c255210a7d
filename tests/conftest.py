"""Fixtures: one PostgreSQL for a worker, one fresh database for each test that asks."""

import gc
import itertools
import os
import socket

import pytest
from flask import g, request
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from config import flask_config, load_keyring, load_settings
from portal.factory import create_app
from portal.foundation.db import db
from tests.support.city import City, settle
from tests.support.databases import fresh_database, migrated_server
from tests.support.thrift import Statements, keep_addresses_compiled, leave_what_is_loaded

pytest_plugins = ["tests.support.coverage_of_traps", "tests.support.shares"]
NUMBERS = itertools.count()
# A tenth of a second for each hash is what a portal wants, and a suite does not.
CHEAP_HASH = {"argon2__time_cost": 1, "argon2__memory_cost": 64, "argon2__parallelism": 1}
keep_addresses_compiled()


@pytest.fixture(scope="session")
def server():
    """A PostgreSQL that holds the migrated template (tests/support/databases.py)."""
    with migrated_server(os.environ.get("PYTEST_XDIST_WORKER", "main")) as server:
        leave_what_is_loaded()
        yield server


@pytest.fixture(scope="session")
def statements(server):
    """The statements that the engines of all tests compile once."""
    return Statements(server.url(server.template))


@pytest.fixture(scope="session")
def settled(server):
    """A database in which the city is settled, to be copied, and the people in it by name."""
    with fresh_database(server, "settled") as database:
        engine = create_engine(database.app_url)
        with Session(engine) as session:
            actors = settle(session).actors
        engine.dispose()
        yield database.name, actors


@pytest.fixture
def template(request):
    """What the test's database is a copy of: the settled one where it asks for `city`, else, for
    None, the migrated one. A module may have a further one of its own.
    """
    return request.getfixturevalue("settled")[0] if "city" in request.fixturenames else None


@pytest.fixture
def database(server, template):
    """The test's own copy of a database; commits are real."""
    with fresh_database(server, f"test_{next(NUMBERS)}", template) as database:
        yield database


@pytest.fixture
def settings(tmp_path):
    """The settings of a portal in development on a data folder of its own."""
    return load_settings({"PORTAL_DATA_DIR": str(tmp_path / "data")})


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory):
    """One cache of compiled templates for all tests: each has an app and a data folder of its own,
    and compiling is a third of the time of a test of pages.
    """
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(database, settings, compiled_templates, statements):
    """The app on the test's database, as the role that may not touch history."""
    urls = (database.app_url, database.owner_url)
    app = create_app(
        {
            **flask_config(settings, urls, load_keyring(settings, may_create=True)),
            "SQLALCHEMY_ENGINE_OPTIONS": {},
            "TESTING": True,
            "WTF_CSRF_ENABLED": False,
            "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": CHEAP_HASH,
        }
    )
    app.jinja_env.bytecode_cache = compiled_templates
    # However busy the machine is, what a test sends is cleaned when it is answered.
    app.extensions["portal-aside"].patience_seconds = 100
    with app.app_context():
        statements.share(db.engine)
        yield app
        db.session.remove()
        if db.engine.pool.checkedout():
            # A session that nobody closed: it ends now, while its server still answers. Later its
            # end would log a fault from within the garbage collector, wherever that runs then.
            gc.collect()
        db.engine.dispose()


@pytest.fixture
def session(app):
    return db.session


@pytest.fixture
def superuser(database):
    """An engine of somebody who can do everything in the database: for tests that cheat."""
    engine = create_engine(database.superuser_url)
    yield engine
    engine.dispose()


@pytest.fixture
def client_for(app):
    """A test client signed in as the given actor."""

    def sign_in():
        if "portal.actor" in request.environ:
            g.actor = request.environ["portal.actor"]

    app.before_request_funcs.setdefault(None, []).insert(0, sign_in)

    def make(actor):
        client = app.test_client()
        client.environ_base["portal.actor"] = actor
        return client

    return make


@pytest.fixture
def free_port():
    """A port of the loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@pytest.fixture
def city(settled, session):
    """The preset's city with its groups and the cast of tests/support/city.py."""
    return City(session(), dict(settled[1]))
