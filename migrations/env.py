"""Run the migrations, from `flask db upgrade` as from the supervisor and the tests.

The connection is the owner's: the app's role may not change the schema.
"""

import importlib
import pkgutil
from pathlib import Path

from alembic import context
from flask import current_app
from sqlalchemy import create_engine, text

import portal
from portal.foundation.db import db

# A migration waits seconds for a lock, then gives way to those who work, and never runs for ever.
LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "60s"
ONE_AT_A_TIME = 4_620_001  # the number of an advisory lock, chosen freely


def load_models() -> None:
    """Import every room's tables, so that autogenerate compares with all of them."""
    for room in pkgutil.iter_modules(portal.__path__):
        slot = Path(portal.__path__[0]) / room.name / "models"
        if slot.with_suffix(".py").exists() or slot.is_dir():
            importlib.import_module(f"portal.{room.name}.models")


def ours(thing, name, kind, reflected, compare_to):
    """Leave the job queue's own tables to its own schema."""
    table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", "")
    return not (table or "").startswith("procrastinate_")


def numbered(migration_context, revision, directives):
    """Give a new migration the next number instead of random digits."""
    head = context.script.get_current_head()
    directives[0].rev_id = f"{int(head or 0) + 1:04}"


def address():
    """Return the owner's address: the configuration's, else that of the app that runs us."""
    given = context.config.get_main_option("sqlalchemy.url")
    return given or current_app.config["MIGRATION_DATABASE_URI"]


load_models()
engine = create_engine(address())
with engine.connect() as connection:
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
    connection.execute(text(f"SELECT pg_advisory_lock({ONE_AT_A_TIME})"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        compare_type=True,
        include_object=ours,
        process_revision_directives=numbered,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
