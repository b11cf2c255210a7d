"""Somebody who can do everything in the database changes history: each way is found and named."""

import threading
from types import SimpleNamespace

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.cases.lifecycle import commands as c
from portal.foundation import secrets
from portal.foundation.errors import SettingError
from portal.foundation.transaction import unit_of_work
from portal.history.kinds import FINDINGS
from portal.history.lifecycle import leaf_hash
from portal.history.queries import verify_chain
from portal.history.services import (
    HEAD_FILE,
    Head,
    newest,
    read_head,
    seal_pending,
    write_head,
)
from portal.jobs.tasks import seal_history
from portal.measures.integrity import verify

EVENT_COLUMNS = (
    "at, case_id, case_version, kind, from_state, to_state, role, account_id, person_id, payload"
)


class World:
    """A sealed history of four cases, and what verifying says of it."""

    def __init__(self, session, city, superuser):
        self.session, self.city, self.superuser = session, city, superuser
        self.key = secrets.in_use().key("seal-chain")
        self.first = city.closed()
        self.second = city.in_hand()
        hazards = city.inspected(self.second.case_id)
        city.book(self.second.case_id, hazards)
        self.third, self.fourth = city.file(), city.file()
        city.move(
            city.dispatcher, c.Merge, self.fourth.case_id, into_id=self.third.case_id, reason="同"
        )
        self.head = None
        self.seal()

    def seal(self, **how):
        with unit_of_work(self.session()) as own:
            count = seal_pending(own, self.key, **how)
        with unit_of_work(self.session()) as own:
            self.head = newest(own)
        return count

    def verify(self, head=None):
        self.session.remove()
        with unit_of_work(self.session()) as own:
            return verify(own, self.key, head or self.head)

    def kinds(self):
        found = self.verify()
        assert found.ok == (not found.findings)
        for one in found.findings:
            assert FINDINGS[one.kind] % one.values
        return [one.kind for one in found.findings]

    def cheat(self, *statements, **values):
        with self.superuser.begin() as connection:
            connection.execute(text("SET session_replication_role = replica"))
            for statement in statements:
                connection.execute(text(statement), values)

    def one(self, query, **values):
        with self.superuser.connect() as connection:
            return connection.execute(text(query), values).one()

    def event(self, kind):
        return self.one("SELECT * FROM events WHERE kind = :kind ORDER BY seq LIMIT 1", kind=kind)


@pytest.fixture
def world(session, city, superuser):
    return World(session, city, superuser)


@pytest.mark.trap(36)
@pytest.mark.promise(6)
def test_an_untouched_history_fits(world):
    found = world.verify()
    assert found.findings == []
    assert found.unsealed == 0
    assert found.events == found.sealed == world.head.position > 20
    assert found.cases == 4
    assert found.texts > 10


def test_a_changed_event_is_named(world):
    event = world.event("accepted")
    world.cheat(
        "UPDATE events SET payload = jsonb_set(payload, '{category}', '\"fire.other\"') "
        "WHERE seq = :seq",
        seq=event.seq,
    )
    first = world.verify().findings[0]
    assert (first.kind, first.seq, first.case_id) == ("event_altered", event.seq, event.case_id)


def test_a_changed_event_with_a_new_leaf_is_named(world):
    event = world.event("signed_for")
    fields = {name: getattr(event, name) for name in EVENT_COLUMNS.split(", ")}
    fields["role"] = "director"
    world.cheat(
        "UPDATE events SET role = 'director', leaf = :leaf WHERE seq = :seq",
        seq=event.seq,
        leaf=leaf_hash(**fields),
    )
    found = world.verify()
    assert [(one.kind, one.seq) for one in found.findings] == [("event_or_seal_altered", event.seq)]


def test_a_backdated_event_is_named(world):
    event = world.event("concluded")
    world.cheat("UPDATE events SET at = at - interval '3 days' WHERE seq = :seq", seq=event.seq)
    assert [one.kind for one in world.verify().findings] == ["event_altered"]


@pytest.mark.trap(36)
def test_a_removed_event_is_named(world):
    event = world.event("verified")
    world.cheat("DELETE FROM events WHERE seq = :seq", seq=event.seq)
    found = world.verify()
    assert (found.findings[0].kind, found.findings[0].seq) == ("event_missing", event.seq)
    assert "version_missing" in {one.kind for one in found.findings}


def test_an_event_removed_with_its_seal_is_named(world):
    event = world.event("verified")
    world.cheat(
        "DELETE FROM events WHERE seq = :seq",
        "DELETE FROM seals WHERE event_seq = :seq",
        seq=event.seq,
    )
    assert "seal_missing" in world.kinds()


def test_two_events_that_changed_places_are_named(world):
    one, other = world.event("accepted"), world.event("verified")
    world.cheat(
        "ALTER TABLE events ALTER COLUMN seq SET GENERATED BY DEFAULT",
        "UPDATE events SET seq = -1 WHERE seq = :one",
        "UPDATE events SET seq = :one WHERE seq = :other",
        "UPDATE events SET seq = :other WHERE seq = -1",
        one=one.seq,
        other=other.seq,
    )
    named = {found.seq for found in world.verify().findings}
    assert {one.seq, other.seq} <= named


def test_a_tail_cut_off_together_with_its_seals_is_found_by_the_head(world):
    last = world.one("SELECT max(seq) AS seq FROM events").seq
    world.cheat(
        "DELETE FROM events WHERE seq > :seq",
        "DELETE FROM seals WHERE event_seq > :seq",
        seq=last - 2,
    )
    found = world.verify()
    assert found.findings[0].kind == "seals_cut"
    assert found.findings[0].detail == str(world.head.position)


def test_everything_removed_is_found_by_the_head(world):
    world.cheat("DELETE FROM seals")
    assert "seals_cut" in world.kinds()


def test_a_removed_seal_is_named(world):
    world.cheat("DELETE FROM seals WHERE position = 5")
    found = world.verify()
    assert [(one.kind, one.position) for one in found.findings if one.position] == [
        ("seal_missing", 5)
    ]


def test_a_changed_seal_is_named_alone(world):
    world.cheat("UPDATE seals SET link = sha256('x') WHERE position = 5")
    found = world.verify()
    assert [(one.kind, one.position) for one in found.findings] == [("event_or_seal_altered", 5)]


def test_a_replaced_head_is_found(world):
    found = world.verify(Head(world.head.position, bytes(32)))
    assert [one.kind for one in found.findings] == ["head_differs"]


def test_a_removed_head_is_found(world, session):
    session.remove()
    with unit_of_work(session()) as own:
        found = verify(own, world.key, None)
    assert [one.kind for one in found.findings] == ["head_missing"]


INSERT = """
    INSERT INTO events (seq, at, kind, role, payload, leaf{more})
    OVERRIDING SYSTEM VALUE
    SELECT :seq, at, kind, role, payload, leaf{value} FROM events
    WHERE kind = 'people_changed' LIMIT 1
"""


def hole(world):
    """Leave a number between two events free, as a rolled-back transaction does."""
    with world.session().begin_nested() as nested:
        seq = world.session().execute(text("SELECT nextval('events_seq_seq')")).scalar_one()
        nested.rollback()
    world.session.remove()
    world.city.file()
    world.seal()
    return seq


def test_an_event_put_in_among_the_sealed_is_named_before_and_after_sealing(world):
    seq = hole(world)
    world.cheat(INSERT.format(more="", value=""), seq=seq)
    assert [(one.kind, one.seq) for one in world.verify().findings] == [("event_put_in", seq)]
    world.seal()
    assert [(one.kind, one.seq) for one in world.verify().findings] == [("event_put_in", seq)]


def test_an_event_put_in_under_an_old_transaction_is_named(world):
    seq = hole(world)
    world.cheat(INSERT.format(more=", tx", value=", tx"), seq=seq)
    assert [(one.kind, one.seq) for one in world.verify().findings] == [("event_put_in", seq)]
    world.seal()
    assert ("event_put_in", seq) in [(one.kind, one.seq) for one in world.verify().findings]


def test_a_changed_text_is_named(world):
    row = world.one("SELECT id FROM texts WHERE kind = 'answer' LIMIT 1")
    world.cheat("UPDATE texts SET body = '另一个答复' WHERE id = :id", id=row.id)
    found = world.verify()
    assert [(one.kind, one.detail) for one in found.findings] == [("text_altered", str(row.id))]


def test_a_text_changed_with_its_commitment_is_named(world):
    row = world.one("SELECT id FROM texts WHERE kind = 'answer' LIMIT 1")
    world.cheat(
        "UPDATE texts SET body = 'x', commitment = sha256(salt || 'x'::bytea) WHERE id = :id",
        id=row.id,
    )
    assert world.kinds() == ["text_altered"]


def test_a_removed_text_is_named(world):
    row = world.one("SELECT id FROM texts WHERE kind = 'reason' LIMIT 1")
    world.cheat("DELETE FROM texts WHERE id = :id", id=row.id)
    assert "text_missing" in world.kinds()


def test_a_text_without_an_event_is_named(world):
    row = world.one(
        "SELECT gen_random_uuid() AS id, case_id FROM texts WHERE case_id IS NOT NULL LIMIT 1"
    )
    world.cheat(
        "INSERT INTO texts (id, case_id, kind, salt, body, commitment) "
        "VALUES (:id, :case_id, 'note', 'salt', 'x', sha256('saltx'))",
        id=row.id,
        case_id=row.case_id,
    )
    assert world.kinds() == ["text_without_event"]


@pytest.mark.trap(46)
def test_a_lawfully_erased_text_is_no_fault_and_counted(world, session):
    row = world.one("SELECT id FROM texts WHERE kind = 'report' LIMIT 1")
    with unit_of_work(session()) as own:
        own.execute(
            text("UPDATE texts SET body = NULL, salt = NULL WHERE id = :id"), {"id": row.id}
        )
    found = world.verify()
    assert found.ok
    assert found.erased == 1


@pytest.mark.trap(14)
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("concluded_at", "concluded_at - interval '9 days'"),
        ("group_id", "desk_id"),
        ("return_count", "return_count + 1"),
        ("finding", "'verified_true'"),
        ("number", "'2026-9999'"),
        ("opened_at", "opened_at + interval '1 hour'"),
    ],
)
@pytest.mark.promise(5)
def test_a_case_column_that_its_events_do_not_give_is_named(world, column, value):
    world.cheat(f"UPDATE cases SET {column} = {value} WHERE id = :id", id=world.first.case_id)
    found = world.verify()
    assert [(one.kind, one.case_id, one.detail) for one in found.findings] == [
        ("column_differs", world.first.case_id, f"cases.{column}")
    ]


@pytest.mark.parametrize(
    ("statement", "detail"),
    [
        ("UPDATE reports SET answered_at = now() WHERE id = :first", "reports.answered_at"),
        ("UPDATE task_items SET due_on = due_on + 30", "task_items.due_on"),
        ("UPDATE hazards SET level = 'major'", "hazards.level"),
        ("DELETE FROM task_items", "task_items"),
        ("UPDATE reports SET jurisdiction = '320402' WHERE id = :fourth", "reports.jurisdiction"),
    ],
)
def test_a_thing_on_the_road_that_its_events_do_not_give_is_named(world, statement, detail):
    world.cheat(statement, first=world.first.report_id, fourth=world.fourth.report_id)
    found = world.verify()
    assert found.found == 1
    assert found.findings[0].detail.startswith(detail)


def test_a_row_that_no_event_made_is_named(world):
    world.cheat(
        "INSERT INTO hazards SELECT (jsonb_populate_record(h, jsonb_build_object("
        "'id', gen_random_uuid(), 'number', 9))).* FROM hazards h LIMIT 1"
    )
    assert world.kinds() == ["row_without_event"]


def test_a_report_merged_in_and_split_off_again_fits(world):
    city = world.city
    city.move(
        city.dispatcher,
        c.Split,
        world.third.case_id,
        report_id=world.fourth.report_id,
    )
    world.seal()
    assert world.kinds() == []


def test_numbers_of_rolled_back_transactions_are_no_gap(world):
    with pytest.raises(RuntimeError), unit_of_work(world.session()) as own:
        own.execute(text("SELECT nextval('events_seq_seq') FROM generate_series(1, 5)"))
        raise RuntimeError
    world.city.file()
    assert world.seal() == 1
    assert world.kinds() == []


def test_a_slow_transaction_is_sealed_late_and_not_taken_for_a_forgery(world, app):
    """It takes its number first and commits last, after a sealing that had to leave it out."""
    city = world.city
    from portal.access.kinds import SYSTEM
    from portal.history.kinds import EventKind
    from portal.history.services import record
    from tests.support.city import NOON

    slow = Session(world.session().get_bind())
    record(slow, SYSTEM, EventKind.UNIT_CHANGED, at=NOON, payload={"slow": True})
    world.session.remove()
    city.file()
    assert world.seal() == 0  # what runs may still come before it
    assert world.verify().unsealed == 1
    slow.commit()
    slow.close()
    assert world.seal() == 2
    assert world.kinds() == []


def test_two_slow_ones_that_end_in_turn_fit(world):
    from portal.access.kinds import SYSTEM
    from portal.history.kinds import EventKind
    from portal.history.services import record
    from tests.support.city import NOON

    def begun(name):
        own = Session(world.session().get_bind())
        record(own, SYSTEM, EventKind.UNIT_CHANGED, at=NOON, payload={"who": name})
        return own

    first, second = begun("first"), begun("second")
    second.commit()
    world.seal()
    third = begun("third")
    first.commit()
    world.seal()
    third.commit()
    world.seal()
    for own in (first, second, third):
        own.close()
    found = world.verify()
    assert found.findings == []
    assert found.unsealed == 0


def test_two_sealings_at_once_give_no_place_twice(world, app):
    for _n in range(3):
        world.city.file()
    counts = []

    def seal():
        with app.app_context(), Session(world.session().get_bind()) as own, unit_of_work(own):
            counts.append(seal_pending(own, world.key))

    threads = [threading.Thread(target=seal) for _n in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    world.session.remove()
    with unit_of_work(world.session()) as own:
        world.head = newest(own)
    assert sum(counts) == 3
    assert world.kinds() == []


def test_the_head_may_be_a_sealing_behind_but_never_ahead(world):
    old = world.head
    world.city.file()
    world.seal()
    assert world.verify(old).ok
    ahead = Head(world.head.position + 1, world.head.link)
    assert [one.kind for one in world.verify(ahead).findings] == ["seals_cut"]


def test_another_key_fits_nothing(world):
    world.key = bytes(32)
    assert "event_or_seal_altered" in world.kinds()


def test_after_a_restore_everything_present_is_sealed_and_later_numbers_fit(world):
    world.city.file()
    assert world.seal(all_present=True) == 1
    world.city.file()
    world.seal()
    assert world.kinds() == []


def test_the_newest_seals_alone_can_be_checked(world, session):
    event = world.one("SELECT max(seq) AS seq FROM events")
    world.cheat("UPDATE events SET role = 'director' WHERE seq = :seq", seq=event.seq)
    chain = verify_chain(session(), world.key, world.head, newest=5)
    assert chain.sealed == 5
    assert [one.kind for one in chain.findings.named] == ["event_altered"]


def test_the_job_seals_and_keeps_the_newest_link_outside_the_database(world, settings):
    path = settings.data_dir / HEAD_FILE
    world.city.file()
    seal_history(0)
    kept = read_head(path)
    assert kept.position > world.head.position
    assert world.verify(kept).ok
    assert world.verify(kept).unsealed == 0
    seal_history(60)
    assert read_head(path) == kept


def test_the_job_never_forgets_a_link_that_was_cut_off(world, settings):
    path = settings.data_dir / HEAD_FILE
    seal_history(0)
    kept = read_head(path)
    world.cheat(
        "DELETE FROM seals WHERE position > :last",
        "DELETE FROM events WHERE seq > (SELECT max(event_seq) FROM seals)",
        last=kept.position - 4,
    )
    seal_history(60)
    assert read_head(path) == kept
    assert "seals_cut" in [one.kind for one in world.verify(read_head(path)).findings]
    # Nor when as many others were put in their place.
    for _ in range(6):
        world.city.file()
    seal_history(120)
    assert read_head(path) == kept
    assert "head_differs" in [one.kind for one in world.verify(read_head(path)).findings]


def test_the_head_is_kept_for_its_owner_alone(tmp_path):
    path = tmp_path / "history.head"
    assert read_head(path) is None
    write_head(path, Head(7, bytes(range(32))))
    assert read_head(path) == Head(7, bytes(range(32)))
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("{}")
    with pytest.raises(SettingError, match=r"history\.head"):
        read_head(path)


def test_an_events_quick_form_and_its_canonical_form_agree():
    from datetime import UTC, datetime

    from portal.history.queries.verifying import leaf_of

    for payload in (
        {"词": "楼梯\n\t\u0007", "b": 1.5, "a": [1e20, 0.1, -0.0]},
        {"z": "\ud83d\ude00"},
    ):
        fields = {
            "at": datetime(2026, 11, 10, 4, tzinfo=UTC),
            "case_id": None,
            "case_version": None,
            "kind": "noted",
            "from_state": None,
            "to_state": None,
            "role": "member",
            "account_id": None,
            "person_id": None,
            "payload": payload,
        }
        try:
            leaf = leaf_hash(**fields)
        except (ValueError, UnicodeError):
            continue
        assert leaf_of(SimpleNamespace(**fields, leaf=leaf)) == leaf
        assert leaf_of(SimpleNamespace(**fields, leaf=b"x")) == leaf
