"""What the database itself refuses: to the app, and where it is meant, to a superuser."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from portal.cases.lifecycle import commands as c
from portal.foundation.errors import Refusal
from portal.history.kinds import EventKind
from tests.support.city import NOON

HISTORY = ("events", "seals", "preset_versions")
STAY = ("texts", "cases", "reports")
#: A column of each table, for an UPDATE that changes nothing.
COLUMN = {"events": "at", "seals": "link", "preset_versions": "digest"}


@pytest.fixture
def as_app(database):
    engine = create_engine(database.app_url)
    yield engine
    engine.dispose()


@pytest.fixture
def as_owner(database):
    engine = create_engine(database.owner_url)
    yield engine
    engine.dispose()


def refused(engine, statement, **values):
    """Run a statement to its commit and return what the database said."""
    with pytest.raises(DBAPIError) as error, engine.begin() as connection:
        connection.execute(text(statement), values)
    return str(error.value.orig)


def sealed(superuser):
    with superuser.begin() as connection:
        connection.execute(text("INSERT INTO seals VALUES (1, 1, 'x', 0, 0)"))


@pytest.mark.promise(6)
@pytest.mark.parametrize("table", HISTORY)
def test_history_is_only_added_to_even_by_a_superuser(city, superuser, as_owner, table):
    city.file()
    sealed(superuser)
    for engine in (superuser, as_owner):
        column = COLUMN[table]
        for statement in (
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            assert "append-only" in refused(engine, statement), statement


@pytest.mark.promise(6)
@pytest.mark.parametrize("table", HISTORY)
def test_the_app_has_no_right_to_change_history(city, as_app, table):
    column = COLUMN[table]
    for statement in (
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table}",
        f"ALTER TABLE {table} DISABLE TRIGGER ALL",
        f"DROP TABLE {table}",
    ):
        said = refused(as_app, statement)
        assert "permission denied" in said or "must be owner" in said, statement


@pytest.mark.promise(6)
@pytest.mark.parametrize("table", STAY)
def test_words_cases_and_reports_are_not_deleted(city, superuser, as_app, table):
    city.file()
    assert "append-only" in refused(superuser, f"DELETE FROM {table}")
    assert "append-only" in refused(superuser, f"TRUNCATE {table} CASCADE")
    assert "permission denied" in refused(as_app, f"DELETE FROM {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE more (id int)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA other",
        "ALTER TABLE cases ADD COLUMN more int",
        "DROP TRIGGER cases_recorded ON cases",
        "SET session_replication_role = replica",
        "UPDATE alembic_version SET version_num = '0000'",
        "INSERT INTO events OVERRIDING SYSTEM VALUE SELECT * FROM events WHERE false",
        "COPY cases TO PROGRAM 'cat'",
        "CREATE ROLE somebody",
    ],
)
def test_the_app_cannot_change_the_house(as_app, statement):
    if statement.startswith("INSERT INTO events"):
        with as_app.begin() as connection:  # allowed: adding is what it may
            connection.execute(text(statement))
        return
    said = refused(as_app, statement)
    assert any(
        word in said for word in ("denied", "must be owner", "permission", "must be superuser")
    ), said


@pytest.mark.promise(6)
@pytest.mark.parametrize(
    "columns",
    [
        "body = 'anders'",
        "body = NULL",
        "salt = NULL",
        "body = NULL, salt = NULL, commitment = 'x'",
        "body = NULL, salt = NULL, kind = 'note'",
        "body = NULL, salt = NULL, case_id = NULL",
        "body = NULL, salt = NULL, id = gen_random_uuid()",
        "body = 'x', salt = 'y'",
    ],
)
def test_words_change_by_lawful_erasure_alone(city, superuser, as_app, columns):
    city.file()
    for engine in (superuser, as_app):
        said = refused(engine, f"UPDATE texts SET {columns}")
        assert "erasure" in said or "erased_whole" in said or "foreign key" in said


def test_lawful_erasure_takes_body_and_salt_and_stays(city, superuser, as_app):
    city.file()
    with as_app.begin() as connection:
        connection.execute(text("UPDATE texts SET body = NULL, salt = NULL"))
    assert "erasure" in refused(superuser, "UPDATE texts SET body = 'wieder', salt = 'x'")


COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_name = 'cases' AND is_generated = 'NEVER' AND column_name <> 'id'
"""
CACHES = {"next_due_at", "next_clock"}
OTHER = {
    "state": "'closed', closed_at = now(), resolution = 'refused'",
    "source": "'import'",
    "priority": "'urgent'",
    "finding": "'not_true'",
    "resolution": "'refused', closed_at = now(), state = 'closed'",
    "closed_at": "now(), resolution = 'refused', state = 'closed'",
    "recused": "ARRAY[gen_random_uuid()]",
    "hidden_from": "ARRAY[gen_random_uuid()]",
    "number": "'2026-9999'",
}


def another_value(name, kind, case_id):
    if name in OTHER:
        return OTHER[name]
    if kind == "uuid":
        table = {"unit_id": "units", "summary_text_id": "texts", "handler_id": "accounts"}
        table |= {"dispatched_by": "accounts", "desk_id": "groups", "group_id": "groups"}
        table |= {"split_from": "cases", "merged_into": "cases"}
        return f"(SELECT id FROM {table[name]} WHERE id IS DISTINCT FROM {name} LIMIT 1)"
    return {
        "integer": f"{name} + 1",
        "boolean": f"NOT {name}",
        "text": "'anders'",
        "date": "DATE '2026-01-01'",
        "timestamp with time zone": "TIMESTAMPTZ '2026-01-01'",
    }[kind]


@pytest.mark.trap(14)
@pytest.mark.promise(3)
def test_no_column_of_a_case_changes_without_an_event(city, superuser, as_app):
    filed, other = city.file(), city.file()
    city.unit()
    with superuser.connect() as connection:
        kinds = dict(
            connection.execute(
                text(COLUMNS.replace("SELECT column_name", "SELECT column_name, data_type"))
            ).all()
        )
    assert len(kinds) > 40
    for engine in (superuser, as_app):
        for name, kind in kinds.items():
            value = another_value(name, kind, other.case_id)
            alone = f"UPDATE cases SET {name} = {value} WHERE id = :id"
            if name in CACHES:
                with engine.begin() as connection:
                    connection.execute(text(alone), {"id": filed.case_id})
                continue
            assert "event" in refused(engine, alone, id=filed.case_id), name
            if name != "version":
                counted = alone.replace("SET ", "SET version = version + 1, ", 1)
                assert "event" in refused(engine, counted, id=filed.case_id), name


@pytest.mark.trap(14)
def test_a_case_cannot_be_made_without_an_event(city, as_app):
    filed = city.file()
    with as_app.connect() as connection:
        names = [
            row[0] for row in connection.execute(text(COLUMNS)) if row[0] not in ("id", "number")
        ]
    taken = ", ".join(names)
    said = refused(
        as_app,
        f"INSERT INTO cases (id, number, {taken}) "
        f"SELECT gen_random_uuid(), 'x', {taken} FROM cases WHERE id = :id",
        id=filed.case_id,
    )
    assert "is in no event" in said


@pytest.mark.promise(6)
def test_a_version_cannot_be_jumped_over(city, as_app):
    """An event for the last of two changes does not cover the one before it."""
    filed = city.file()
    with pytest.raises(DBAPIError) as error, as_app.begin() as connection:
        for version in (2, 3):
            connection.execute(
                text("UPDATE cases SET priority = 'urgent', version = :v WHERE id = :id"),
                {"v": version, "id": filed.case_id},
            )
        connection.execute(
            text(
                "INSERT INTO events (at, case_id, case_version, kind, from_state, to_state, role,"
                " payload, leaf) VALUES (now(), :id, 3, :kind, 'received', 'received', 'system',"
                " '{}', 'x')"
            ),
            {"id": filed.case_id, "kind": EventKind.NOTED.value},
        )
    assert "is in no event" in str(error.value.orig)


def test_two_events_never_share_a_version(city, as_app):
    filed = city.file()
    city.accepted(filed.case_id)
    statement = """
        INSERT INTO events (at, case_id, case_version, kind, to_state, role, payload, leaf)
        VALUES (now(), :id, 2, 'noted', 'received', 'system', '{}', 'x')
    """
    assert "uq_events_case_version" in refused(as_app, statement, id=filed.case_id)


@pytest.mark.trap(20)
def test_numbers_are_never_given_twice_not_even_after_a_rollback_or_a_purge(city, session):
    from portal.cases.models import Case
    from portal.cases.services import next_number
    from portal.foundation.transaction import unit_of_work

    first = session.get_one(Case, city.file().case_id).number
    with pytest.raises(RuntimeError), unit_of_work(session()) as own:
        next_number(own, "case", NOON.year)
        raise RuntimeError
    second = session.get_one(Case, city.file().case_id).number
    assert (first, second) == ("2026-0001", "2026-0002")
    with unit_of_work(session()) as own:
        drawn = [next_number(own, "case", NOON.year, count=10**6) for _ in range(3)]
    assert drawn == [3, 3 + 10**6, 3 + 2 * 10**6]
    assert session.get_one(Case, city.file().case_id).number == "2026-3000003"


def test_the_counter_never_goes_back(as_app, city, session):
    city.file()
    said = refused(as_app, "UPDATE number_counters SET next = 1")
    assert "up" in said
    assert "up" in refused(as_app, "DELETE FROM number_counters")


def test_a_refused_move_leaves_nothing(city, session, superuser):
    filed = city.file()
    tables = ("events", "texts", "cases", "notices", "procrastinate_jobs", "clock_readings")

    def counts():
        with superuser.connect() as connection:
            return [
                connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()
                for table in tables
            ]

    before = counts()
    for command in (c.Dispatch, c.Merge):
        fields = {"group_id": None, "priority": "normal", "suspected_major": False}
        if command is c.Merge:
            fields = {"into_id": filed.case_id}
        with pytest.raises(Refusal):
            city.move(city.dispatcher, command, filed.case_id, **fields)
    assert counts() == before
