"""A database with the preset, the groups and a few people, as a portal's first days leave it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from flask import Flask

from config import flask_config, load_keyring, load_settings
from portal.accounts import queries
from portal.factory import create_app
from portal.foundation.db import db
from portal.integrations.postgres import OWNER
from tests.benchmarks.house import House
from tests.support.city import CAST, City, settle
from tests.support.databases import upgrade


def app_on(house: House, database: str) -> Flask:
    """Return the portal's app in this process, on that database."""
    settings = load_settings(house.environment(database))
    urls = (house.url(database), house.url(database, OWNER))
    keyring = load_keyring(settings, may_create=True)
    return create_app(flask_config(settings, urls, keyring))


@contextmanager
def portal_on(house: House, database: str) -> Iterator[Flask]:
    """Give the app with its context around the block, for what is no request."""
    app = app_on(house, database)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def prepare(house: House, database: str) -> City:
    """Make a database with the portal's schema and its city; return the people."""
    house.make_database(database)
    with portal_on(house, database):
        city = settle(db.session(), now=datetime.now(UTC))
        city.session = None
        return city


def people_of(house: House, database: str) -> City:
    """Return the people of a database that was prepared before."""
    with portal_on(house, database):
        session, today = db.session(), datetime.now(UTC).date()
        city = City(None)
        for name, _role, _group in CAST:
            account = queries.account_by_email(session, f"{name}@example.org")
            if account is None:
                raise SystemExit(f"{database} lacks {name}: give --keep another folder")
            (membership,) = queries.roles_of(account, on=today)
            city.actors[name] = queries.actor_in(account, membership)
        return city


def prepared(house: House, database: str, fill: Callable[[City], None] | None = None) -> City:
    """Return the people of `database`, making and filling it unless it was kept whole."""
    done = house.folder / f"{database}.done"
    if done.exists():
        upgrade(house.url(database, OWNER))
        return people_of(house, database)
    with house.cluster.superuser("postgres") as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)".encode())
    city = prepare(house, database)
    if fill is not None:
        with portal_on(house, database):
            fill(city)
    done.touch()
    return city
