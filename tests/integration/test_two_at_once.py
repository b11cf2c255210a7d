"""Races that really meet: one waits for the other, seen in the database, and both end well."""

import secrets

import pytest
from sqlalchemy import create_engine, event, func, select, text

from portal.access.kinds import ANYONE
from portal.cases.kinds import Finding, Resolution, State
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case
from portal.cases.services import file_report, move_case, next_number
from portal.foundation.errors import NotFound, OutOfTurn, Refusal, Stale
from portal.history.models import Event
from portal.reports.lifecycle import File
from portal.reports.models import Report
from tests.integration.test_the_road import assert_row_is_replay
from tests.support.city import NOON, PLACE, TEXT
from tests.support.meeting import Apart, held, wait_for_waiters


@pytest.fixture
def engine(database, app):
    engine = create_engine(database.app_url, pool_size=20)
    yield engine
    engine.dispose()


@pytest.fixture
def meet(app, engine, superuser):
    """Let `second` meet `first` at a lock; returns what became of the second."""

    def run(first, second):
        with held(engine, first):
            other = Apart(app, engine, second)
            wait_for_waiters(superuser)
        return other.result()

    return run


def mover(actor, command, case_id, seen, **fields):
    fields = {"case_id": case_id, "seen": seen, **fields}
    return lambda session: move_case(session, actor, command(**fields), now=NOON)


def ready_to_close(city):
    filed = city.in_hand()
    city.move(city.lead, c.Verify, filed.case_id, finding=Finding.NOT_TRUE, reason="看过")
    city.move(city.lead, c.Conclude, filed.case_id, answers=((filed.report_id, "没有"),))
    return filed


def test_of_two_closings_one_closes_and_the_other_is_told(city, session, meet):
    filed = ready_to_close(city)
    seen = city.version(filed.case_id)
    session.rollback()
    done = {"lesson_considered": True, "reason": "没有隐患"}
    closing = mover(city.lead, c.Close, filed.case_id, seen, **done)
    outcome = meet(closing, closing)
    assert isinstance(outcome, Stale)
    assert (outcome.seen, outcome.current, outcome.status) == (seen, seen + 1, 409)
    kinds = select(func.count()).where(Event.case_id == filed.case_id, Event.kind == "closed")
    assert session.scalar(kinds) == 1
    assert_row_is_replay(session, filed.case_id)


def test_of_two_dispatchers_one_sends_it_and_nothing_is_told_twice(city, session, meet):
    filed = city.file()
    city.accepted(filed.case_id)
    seen = city.version(filed.case_id)
    session.rollback()
    said = {"priority": "normal", "suspected_major": False, "reason": "试"}
    outcome = meet(
        mover(city.dispatcher, c.Dispatch, filed.case_id, seen, group_id=fire(city), **said),
        mover(city.second_dispatcher, c.Dispatch, filed.case_id, seen, group_id=fire(city), **said),
    )
    assert isinstance(outcome, Stale)
    assert session.scalar(select(func.count()).where(Event.kind == "dispatched")) == 1
    assert session.scalar(text("SELECT count(*) FROM notices WHERE event = 'dispatched'")) == 1


def fire(city):
    return city.group("insp-fire")


def test_taking_back_meets_signing_for(city, session, meet):
    for first_signs in (True, False):
        filed = city.file()
        city.accepted(filed.case_id)
        city.dispatched(filed.case_id)
        seen = city.version(filed.case_id)
        session.rollback()
        acts = [
            mover(city.lead, c.SignFor, filed.case_id, seen),
            mover(city.dispatcher, c.TakeBack, filed.case_id, seen),
        ]
        outcome = meet(*(acts if first_signs else acts[::-1]))
        # Who was sent it and has it no more does not see it any more either.
        assert isinstance(outcome, Stale if first_signs else NotFound)
        session.expire_all()
        state = session.get_one(Case, filed.case_id).state
        assert state is (State.IN_HAND if first_signs else State.RECEIVED)
        assert_row_is_replay(session, filed.case_id)


@pytest.mark.parametrize("first", [0, 1])
def test_merging_both_ways_at_once_merges_one_way(city, session, meet, first):
    a, b = (city.file().case_id for _ in range(2))
    session.rollback()
    pairs = [(a, b), (b, a)] if first == 0 else [(b, a), (a, b)]
    acts = [mover(city.dispatcher, c.Merge, one, 1, into_id=other) for one, other in pairs]
    outcome = meet(*acts)
    assert isinstance(outcome, Refusal), outcome
    session.expire_all()
    states = sorted(str(session.get_one(Case, one).state) for one in (a, b))
    assert states == ["closed", "received"]
    open_one = next(one for one in (a, b) if session.get_one(Case, one).state is State.RECEIVED)
    assert len(session.get_one(Case, open_one).reports) == 2
    assert_row_is_replay(session, a, b)
    assert_row_is_replay(session, b, a)


@pytest.mark.parametrize("larger_goes_on", [True, False])
def test_a_merge_never_goes_into_a_case_that_is_being_closed(
    city, session, meet, app, engine, superuser, larger_goes_on
):
    ids = sorted([city.file().case_id, city.file().case_id])
    goes, stays = ids if larger_goes_on else ids[::-1]
    session.rollback()
    refusing = mover(
        city.dispatcher, c.Refuse, stays, 1, reason_code="not_work_safety", explanation="别处"
    )
    merging = mover(city.dispatcher, c.Merge, goes, 1, into_id=stays)
    outcome = meet(refusing, merging)
    assert isinstance(outcome, Refusal), outcome
    session.expire_all()
    assert session.get_one(Case, goes).state is State.RECEIVED
    assert session.get_one(Case, stays).resolution is Resolution.REFUSED
    assert [r.case_id for r in session.scalars(select(Report).where(Report.case_id == goes))]


def test_a_deadlock_is_somebody_was_faster_and_no_fault(app, engine, city, session, superuser):
    """Two transactions that take two cases in opposite order: one is answered with 409."""
    a, b = (city.file().case_id for _ in range(2))
    session.rollback()
    import threading

    both = threading.Barrier(2, timeout=10)

    def act(one, other):
        def run(own):
            own.execute(select(Case.id).where(Case.id == one).with_for_update())
            both.wait()
            own.execute(select(Case.id).where(Case.id == other).with_for_update())
            return "through"

        return run

    first, second = Apart(app, engine, act(a, b)), Apart(app, engine, act(b, a))
    outcomes = [first.result(), second.result()]
    assert outcomes.count("through") == 1
    lost = next(o for o in outcomes if o != "through")
    assert isinstance(lost, OutOfTurn)
    assert (lost.status, lost.args) == (409, ("clash",))


@pytest.mark.promise(1)
def test_sending_one_form_twice_at_once_gives_one_report(city, session, meet):
    nonce = secrets.token_bytes(16)
    found = []

    def send(own):
        command = File(text=TEXT, place=PLACE, jurisdiction="320412")
        filed = file_report(own, ANYONE, command, nonce=nonce, now=NOON)
        found.append(filed)
        return filed

    second = meet(send, send)
    assert (found[0].is_new, second.is_new) == (True, False)
    assert found[0].report_id == second.report_id
    assert session.scalar(select(func.count()).select_from(Report)) == 1
    assert session.scalar(select(func.count()).where(Event.kind == "filed")) == 1


@pytest.mark.trap(20)
def test_numbers_drawn_at_once_and_rolled_back_are_never_given_twice(app, engine, city):
    def draw(ends_badly):
        def run(own):
            number = next_number(own, "race", 2026)
            if ends_badly:
                raise ValueError
            return number

        return run

    threads = [Apart(app, engine, draw(n % 3 == 0)) for n in range(30)]
    numbers = [number for t in threads if isinstance(number := t.result(), int)]
    assert len(numbers) == len(set(numbers)) == 20
    assert sorted(numbers) == list(range(1, 21))


def test_different_cases_never_wait_for_each_other(app, engine, city, session):
    """A move on one case goes through while another is held, down to the job and the event."""
    one, two = city.file(), city.file()
    session.rollback()
    accept = {"kind": "hazard", "category": "fire.exit_blocked", "jurisdiction": "320412"}
    with held(engine, mover(city.dispatcher, c.Accept, one.case_id, 1, **accept)):
        other = Apart(
            app, engine, mover(city.second_dispatcher, c.Accept, two.case_id, 1, **accept)
        )
        assert not isinstance(other.result(), Exception)


@pytest.mark.promise(3)
def test_a_move_that_fails_at_any_statement_leaves_nothing(city, session, engine):
    """Cut the connection's statements one after the other: all of a move, or nothing of it."""
    filed = city.in_hand()
    seen = city.version(filed.case_id)
    session.rollback()

    def counts(own):
        tables = ("events", "texts", "messages", "notices", "procrastinate_jobs")
        return [own.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in tables]

    from sqlalchemy.orm import Session

    from portal.foundation.transaction import unit_of_work

    with Session(engine) as own:
        before = counts(own)
    act = mover(city.lead, c.Answer, filed.case_id, seen, report_id=filed.report_id, body="在查")
    done = cut_at = 0
    while not done and cut_at < 80:
        left = [cut_at]

        def cut(connection, cursor, statement, *rest, left=left):
            if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
                left[0] -= 1
                if left[0] < 0:
                    raise RuntimeError("cut")

        event.listen(engine, "before_cursor_execute", cut)
        try:
            with Session(engine) as own, unit_of_work(own):
                act(own)
            done = 1
        except RuntimeError:
            with Session(engine) as own:
                assert counts(own) == before
                assert own.get_one(Case, filed.case_id).version == seen
        finally:
            event.remove(engine, "before_cursor_execute", cut)
        cut_at += 1
    assert done
    assert cut_at > 5
    assert_row_is_replay(session, filed.case_id)
