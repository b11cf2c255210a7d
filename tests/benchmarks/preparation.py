"""A database with the preset, the groups and a few people, as a portal's first days leave it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from flask import Flask

from config import flask_config, load_keyring, load_settings
from portal.factory import create_app
from portal.foundation.db import db
from portal.integrations.postgres import OWNER
from tests.benchmarks.house import House
from tests.support.city import City, settle


@contextmanager
def portal_on(house: House, database: str) -> Iterator[Flask]:
    """Give the portal's app in this process, on that database."""
    settings = load_settings(house.environment(database))
    urls = (house.url(database), house.url(database, OWNER))
    keyring = load_keyring(settings, may_create=True)
    app = create_app(flask_config(settings, urls, keyring))
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
