"""Versions of a preset in the database: a difference becomes a new one, a used one stays."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.foundation.errors import SettingError
from portal.foundation.transaction import unit_of_work
from portal.presets.contents import digest, to_content
from portal.presets.entries import PresetError
from portal.presets.kinds import PresetKind, PresetSource
from portal.presets.loader import read
from portal.presets.models import PresetVersion
from portal.presets.queries import all_policies, in_force, version
from portal.presets.services import load_presets, pending_changes
from tests.support.presets import CHANGZHOU, HEKOU, copy_of, replace_in

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def engine(database):
    engine = create_engine(database.app_url)
    yield engine
    engine.dispose()


@pytest.fixture
def folder(tmp_path):
    """The invented town, to be changed."""
    return copy_of(HEKOU, tmp_path)


def load(engine, folder, now=NOON, **options):
    """Load in a unit of work of its own; return the changes and what was recorded."""
    recorded = []
    with Session(engine) as session, unit_of_work(session):
        changes = load_presets(
            session, folder, now=now, record=lambda kind, data: recorded.append((kind, data)),
            **options,
        )  # fmt: skip
    return changes, recorded


def holding(engine, at):
    with Session(engine) as session:
        return in_force(session, at)


def edit_in_portal(engine, value, kind, now, number):
    """A version that somebody wrote in the portal."""
    content = to_content(kind, value)
    with Session(engine) as session, unit_of_work(session):
        session.add(
            PresetVersion(
                kind=kind,
                version=number,
                holds_from=now,
                content=content,
                digest=digest(content),
                source=PresetSource.PORTAL,
                loaded_at=now,
            )
        )


def test_the_first_load_stores_every_part_with_an_event_and_the_second_nothing(engine):
    changes, recorded = load(engine, CHANGZHOU)
    assert {change.kind for change in changes} == set(PresetKind)
    assert {(change.what, change.version) for change in changes} == {("new", 1)}
    assert [kind for kind, _ in recorded] == ["preset_loaded"] * 13
    assert {data["kind"] for _, data in recorded} == {kind.value for kind in PresetKind}
    assert load(engine, CHANGZHOU, NOON + DAY) == ([], [])


def test_what_is_in_force_is_what_the_folder_says(engine):
    load(engine, CHANGZHOU)
    held, raw = holding(engine, NOON), read(CHANGZHOU).preset
    assert held.taxonomy.categories == raw.taxonomy.categories
    assert list(held.taxonomy.categories) == list(raw.taxonomy.categories)
    assert held.routing.rules == raw.routing.rules
    assert held.limits.limits == raw.limits.limits
    assert held.city.groups == raw.city.groups
    assert held.calendar.rest == raw.calendar.rest
    assert held.notices.rules == raw.notices.rules
    assert held.boundaries.areas == raw.boundaries.areas
    assert held.routing.version == 1


def test_a_first_version_holds_from_its_date_and_for_everything_before(engine):
    load(engine, CHANGZHOU)
    start = datetime(2023, 12, 31, 16, tzinfo=UTC)  # midnight in Shanghai
    assert holding(engine, NOON).limits.holds_from == start
    assert holding(engine, datetime(2011, 1, 1, tzinfo=UTC)).limits.holds_from == start


def test_a_difference_becomes_a_new_version_from_now_and_the_old_one_stays(engine, folder):
    load(engine, folder)
    replace_in(folder, "limits.yaml", "value: 3,", "value: 4,")
    changes, recorded = load(engine, folder, NOON + DAY)
    assert [(c.kind, c.what, c.version) for c in changes] == [(PresetKind.LIMITS, "changed", 2)]
    assert len(recorded) == 1
    before, after = holding(engine, NOON + DAY / 2), holding(engine, NOON + DAY)
    assert before.limits.limits["acceptance"].value == 3
    assert after.limits.limits["acceptance"].value == 4
    assert (before.limits.version, after.limits.version) == (1, 2)
    assert before.routing is after.routing
    with Session(engine) as session:
        assert [policy.version for policy in all_policies(session)] == [1, 2]
        old = version(session, PresetKind.LIMITS, 1)
        assert old.limits["acceptance"].value == 3
        assert version(session, PresetKind.LIMITS, 9) is None


def test_a_later_version_never_holds_from_before_it_was_loaded(engine, folder):
    load(engine, folder)
    replace_in(folder, "limits.yaml", "value: 3,", "value: 4,")
    replace_in(folder, "limits.yaml", "@1\n", "@1\nfrom: 2020-01-01\n")
    changes, _ = load(engine, folder, NOON + DAY)
    assert changes[0].holds_from == NOON + DAY
    assert changes[0].asked_from.astimezone(UTC) == datetime(2019, 12, 31, 18, tzinfo=UTC)
    assert holding(engine, NOON).limits.limits["acceptance"].value == 3


def test_a_version_with_a_date_to_come_waits_for_it(engine, folder):
    load(engine, folder)
    replace_in(folder, "limits.yaml", "value: 3,", "value: 4,")
    replace_in(folder, "limits.yaml", "@1\n", "@1\nfrom: 2026-04-01\n")
    load(engine, folder, NOON + DAY)
    begin = datetime(2026, 3, 31, 18, tzinfo=UTC)  # midnight in Urumqi
    assert holding(engine, begin - DAY).limits.version == 1
    assert holding(engine, begin).limits.version == 2
    assert load(engine, folder, NOON + 2 * DAY) == ([], [])


def test_a_version_that_had_not_begun_when_the_next_came_never_begins(engine, folder):
    load(engine, folder)
    replace_in(folder, "limits.yaml", "value: 3,", "value: 4,")
    replace_in(folder, "limits.yaml", "@1\n", "@1\nfrom: 2026-04-01\n")
    load(engine, folder, NOON + DAY)
    # Put off by a month: version 2 must not begin in April after all.
    replace_in(folder, "limits.yaml", "from: 2026-04-01", "from: 2026-05-01")
    changes, _ = load(engine, folder, NOON + 2 * DAY)
    assert [change.version for change in changes] == [3]
    assert holding(engine, datetime(2026, 4, 15, tzinfo=UTC)).limits.version == 1
    assert holding(engine, datetime(2026, 5, 15, tzinfo=UTC)).limits.version == 3
    with Session(engine) as session:
        assert [policy.version for policy in all_policies(session)] == [1, 3]


def test_another_date_for_a_version_that_has_begun_is_no_change(engine, folder):
    load(engine, folder)
    replace_in(folder, "limits.yaml", "@1\n", "@1\nfrom: 2026-04-01\n")
    assert load(engine, folder, NOON + DAY) == ([], [])


def test_what_was_edited_in_the_portal_stays_until_it_is_forced(engine, folder):
    load(engine, folder)
    routing = holding(engine, NOON).routing
    edited = type(routing)(version=2, holds_from=NOON, rules=routing.rules[1:])
    edit_in_portal(engine, edited, PresetKind.ROUTING, NOON + DAY, 2)
    changes, recorded = load(engine, folder, NOON + 2 * DAY)
    assert [(c.kind, c.what, c.version) for c in changes] == [
        (PresetKind.ROUTING, "kept_portal", 2)
    ]
    assert recorded == []
    assert len(holding(engine, NOON + 2 * DAY).routing.rules) == 3
    changes, recorded = load(engine, folder, NOON + 3 * DAY, force=True)
    assert [(c.what, c.version) for c in changes] == [("changed", 3)]
    assert len(recorded) == 1
    assert len(holding(engine, NOON + 3 * DAY).routing.rules) == 4
    assert len(holding(engine, NOON + 2 * DAY).routing.rules) == 3


def test_a_folder_that_takes_a_code_away_from_an_edited_rule_is_refused(engine, folder):
    load(engine, folder)
    routing = holding(engine, NOON).routing
    edited = type(routing)(version=2, holds_from=NOON, rules=routing.rules[1:])
    edit_in_portal(engine, edited, PresetKind.ROUTING, NOON + DAY, 2)
    # The folder's own rules no longer name the group; the edited ones still do.
    replace_in(folder, "city.yaml", "watch-north", "watch-north-bank")
    replace_in(folder, "routing.yaml", "to: watch-north", "to: watch-north-bank")
    with pytest.raises(PresetError, match='stored routing version 2.*code "watch-north"'):
        load(engine, folder, NOON + 2 * DAY)
    assert holding(engine, NOON + 3 * DAY).city.version == 1
    load(engine, folder, NOON + 2 * DAY, force=True)


def test_a_bad_folder_stores_nothing_at_all(engine, folder):
    load(engine, folder)
    replace_in(folder, "limits.yaml", "value: 3,", "value: 4,")
    replace_in(folder, "notices.yaml", "tell: [members]", "tell: [everybody]")
    with pytest.raises(PresetError):
        load(engine, folder, NOON + DAY)
    assert holding(engine, NOON + 2 * DAY).limits.version == 1


def test_what_would_change_is_told_without_changing_it(engine, folder):
    load(engine, folder)
    replace_in(folder, "limits.yaml", "value: 3,", "value: 4,")
    with Session(engine) as session, unit_of_work(session):
        assert [c.version for c in pending_changes(session, folder, now=NOON + DAY)] == [2]
    with Session(engine) as session:
        assert len(session.scalars(select(PresetVersion)).all()) == 9


def test_without_any_preset_the_way_out_is_named(engine):
    with pytest.raises(SettingError, match="presets load"):
        holding(engine, NOON)


def test_what_is_in_force_costs_one_query_a_unit_of_work_once_it_is_known(engine):
    load(engine, CHANGZHOU)
    with Session(engine) as session:
        first = in_force(session, NOON)
        session.commit()
        statements = []
        event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        assert in_force(session, NOON) is first
        assert in_force(session, NOON) is first
    assert len(statements) == 1
    assert "content" not in statements[0]


def test_the_next_unit_of_work_sees_what_another_process_loaded(engine, folder):
    load(engine, folder)
    with Session(engine) as session:
        first = in_force(session, NOON)
        replace_in(folder, "limits.yaml", "value: 3,", "value: 4,")
        load(engine, folder)
        session.commit()
        assert in_force(session, NOON + timedelta(hours=1)) is not first


def test_a_load_looks_again_after_it_waited_for_another(engine, folder):
    load(engine, folder)
    replace_in(folder, "limits.yaml", "value: 3,", "value: 4,")
    with Session(engine) as session, unit_of_work(session):
        in_force(session, NOON)
        load(engine, folder)
        record = lambda kind, data: None  # noqa: E731
        assert load_presets(session, folder, now=NOON, record=record) == []


def test_a_service_in_the_middle_of_a_change_can_ask_without_sending_half_of_it(engine):
    load(engine, HEKOU)
    with Session(engine) as session:
        session.add(PresetVersion(kind=PresetKind.CITY, version=2))  # half made
        assert in_force(session, NOON).city.version == 1
        session.rollback()


def waits_for_a_lock(connection):
    """Whether somebody in this database waits for somebody else."""
    connection.rollback()
    return connection.scalar(
        text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
    )


def wait_until(holds, seconds=10):
    """Look again and again; fail when the time is over."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "the two never met"
        time.sleep(0.02)


def test_two_servers_that_start_together_make_one_version(engine, folder):
    """The second waits for the first, which the test sees in PostgreSQL, and finds no change."""
    results = []
    with Session(engine) as session:
        load_presets(session, folder, now=NOON, record=lambda *_: None)
        other = threading.Thread(target=lambda: results.append(load(engine, folder)), daemon=True)
        other.start()
        with engine.connect() as watcher:
            wait_until(lambda: waits_for_a_lock(watcher))
        session.commit()
        other.join(10)
    assert results == [([], [])]


def test_the_database_refuses_a_number_twice(engine, folder):
    load(engine, folder)
    value = read(folder).preset.routing
    with pytest.raises(IntegrityError):
        edit_in_portal(engine, value, PresetKind.ROUTING, NOON, 1)
