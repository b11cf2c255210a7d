"""The migrated database and the models say the same, from empty and over data."""

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Enum, create_engine, text

from portal.foundation.db import Base

CHECK = text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
VERSIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"


def ours(thing, name, kind, reflected, compare_to):
    table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", "")
    # An expression of GIN is written in SQL and unknown to the models.
    return not (table or "").startswith("procrastinate_") and name != "ix_case_search_grams"


@pytest.fixture
def owner(database):
    engine = create_engine(database.owner_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_migrations_make_what_the_models_say(app, owner):
    context = MigrationContext.configure(owner, opts={"compare_type": True, "include_object": ours})
    assert compare_metadata(context, Base.metadata) == []


def test_checks_allow_exactly_the_kinds(app, owner):
    kinds = [c for t in Base.metadata.sorted_tables for c in t.columns if isinstance(c.type, Enum)]
    assert kinds
    for column in kinds:
        name = f"ck_{column.table.name}_{column.type.name}"
        definition = owner.scalar(CHECK, {"name": name})
        assert definition is not None, name
        assert set(re.findall(r"'(\w+)'::", definition)) == set(column.type.enums), name


def test_migrations_go_forward_only_and_in_one_line():
    found = {}
    for path in sorted(VERSIONS.glob("*.py")):
        source = path.read_text()
        revision = re.search(r'^revision = "(\w+)"', source, re.M)[1]
        before = re.search(r'^down_revision = (?:"(\w+)"|None)', source, re.M)[1]
        assert path.name.startswith(f"{revision}_")
        assert "raise NotImplementedError" in source.split("def downgrade")[1]
        found[revision] = before
    assert list(found) == [f"{n:04}" for n in range(1, len(found) + 1)]
    assert list(found.values()) == [None, *list(found)[:-1]]
