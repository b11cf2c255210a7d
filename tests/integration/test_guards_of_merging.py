"""The guards of merging and splitting, and what a split gives back."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.access.kinds import SYSTEM, Role
from portal.accounts.queries import group_by_code
from portal.accounts.services import add_person, give_role
from portal.cases.kinds import Finding, State
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case, ClockReading
from portal.foundation.transaction import unit_of_work
from tests.integration.test_the_road import assert_row_is_replay
from tests.support.city import NOON
from tests.support.refusals import clocks_agree, refusal


def test_a_merge_needs_another_open_case_that_still_owes_its_answer(city, session):
    filed, concluded = city.file(), city.in_hand()
    city.move(city.lead, c.Verify, concluded.case_id, finding=Finding.NOT_TRUE, reason="看")
    answers = ((concluded.report_id, "无"),)
    city.move(city.lead, c.Conclude, concluded.case_id, answers=answers)
    for into, code in (
        (None, "target_missing"),
        (uuid4(), "target_missing"),
        (filed.case_id, "target_same"),
        (city.closed().case_id, "target_closed"),
        (elsewhere(city, session), "target_missing"),
        (concluded.case_id, "target_concluded"),
    ):
        found = refusal(city.move, city.dispatcher, c.Merge, filed.case_id, into_id=into)
        assert found == (code, "into_id")


def elsewhere(city, session):
    """A case of another desk, which the dispatcher of this one does not see."""
    other = group_by_code(session(), "hotline-desk")
    with unit_of_work(session()) as own:
        someone = {"name": "某", "post": "", "email": "x@example.org", "language": "zh_Hans_CN"}
        account = add_person(own, SYSTEM, now=NOON, **someone)
        since = {"starts_on": date(2026, 1, 1), "now": NOON}
        give_role(own, SYSTEM, account, Role.DISPATCHER, group=other, **since)
    filed = city.file(channel="hotline_12345", claimed_category=None, jurisdiction=None)
    session.expire_all()
    assert session.get_one(Case, filed.case_id).desk_id == other.id
    return filed.case_id


def snapshot(session, case_id):
    """Everything that a merge may touch of a case."""
    session.expire_all()
    case = session.get_one(Case, case_id)
    skip = {"version", "next_due_at", "next_clock", "next_due_sort"}
    names = [c.name for c in Case.__table__.columns if c.name not in skip]
    return {name: getattr(case, name) for name in names} | {
        "reports": [r.id for r in case.reports],
        "due": (case.next_due_at, case.next_clock),
    }


@pytest.mark.trap(42)
@pytest.mark.parametrize("how", ["received", "set_aside", "paused", "return_asked", "messages"])
def test_merge_then_split_gives_back_what_was(city, session, how):
    first = city.file()
    if how in ("received", "set_aside", "messages"):
        second, who = city.file(), city.dispatcher
    else:
        second, who = city.in_hand(), city.lead
        city.accepted(first.case_id)
        city.dispatched(first.case_id)
    if how == "set_aside":
        until = {"until": date(2026, 11, 12), "reason": "等"}
        city.move(city.dispatcher, c.SetAside, second.case_id, **until)
    if how == "paused":
        pause = {"reason_code": "force_majeure", "reason": "台风"}
        city.move(city.lead, c.Pause, second.case_id, **pause)
    if how == "return_asked":
        city.move(city.lead, c.ReturnDispatch, second.case_id, reason="不归我们")
        city.dispatched(second.case_id)
        city.move(city.lead, c.AskReturn, second.case_id, reason="还是不归")
    if how == "messages":
        ask = {"report_id": second.report_id, "body": "怎么样了"}
        city.move(city.reporter(second.report_id), c.Ask, second.case_id, **ask)
    was, target_was = snapshot(session, second.case_id), snapshot(session, first.case_id)
    city.move(who, c.Merge, second.case_id, into_id=first.case_id)
    merged = snapshot(session, first.case_id)
    assert set(merged["reports"]) == {first.report_id, second.report_id}
    assert merged["unanswered_count"] == target_was["unanswered_count"] + was["unanswered_count"]
    clocks_agree(session, second.case_id, now=NOON)
    city.move(who, c.Split, first.case_id, report_id=second.report_id)
    assert snapshot(session, second.case_id) == was
    assert snapshot(session, first.case_id) == target_was
    for one in (first, second):
        clocks_agree(session, one.case_id, now=NOON)


@pytest.mark.trap(42)
def test_a_chain_of_merges_keeps_every_reports_own_clock_until_its_answer(city, session):
    """A into B into C: the answer in C stops the chain of all three, in every case's cache."""
    a, b, last = city.file(), city.file(), city.in_hand()
    city.move(city.dispatcher, c.Merge, a.case_id, into_id=b.case_id)
    city.move(city.dispatcher, c.Merge, b.case_id, into_id=last.case_id)
    session.expire_all()
    assert {r.id for r in session.get_one(Case, last.case_id).reports} == {
        a.report_id,
        b.report_id,
        last.report_id,
    }
    city.move(city.lead, c.Verify, last.case_id, finding=Finding.NOT_TRUE, reason="看")
    answers = tuple((one.report_id, "查过了") for one in (a, b, last))
    city.move(city.lead, c.Conclude, last.case_id, answers=answers)
    for one in (a, b, last):
        chains = session.execute(
            select(ClockReading.subject, ClockReading.stopped_at).where(
                ClockReading.case_id == one.case_id, ClockReading.clock == "chain"
            )
        ).all()
        assert (str(one.report_id), NOON) in [tuple(row) for row in chains]
        assert None not in [row.stopped_at for row in chains]
        clocks_agree(session, one.case_id, now=NOON)


@pytest.mark.trap(42)
def test_one_report_of_a_chain_of_merges_leaves_alone(city, session):
    a, b, last = city.file(), city.file(), city.file()
    city.move(city.dispatcher, c.Merge, a.case_id, into_id=b.case_id)
    city.move(city.dispatcher, c.Merge, b.case_id, into_id=last.case_id)
    city.move(city.dispatcher, c.Split, last.case_id, report_id=a.report_id)
    session.expire_all()
    states = [session.get_one(Case, one.case_id).state for one in (a, b, last)]
    assert states == [State.RECEIVED, State.CLOSED, State.RECEIVED]
    reports = session.get_one(Case, last.case_id).reports
    assert {r.id for r in reports} == {b.report_id, last.report_id}
    for one in (a, b, last):
        clocks_agree(session, one.case_id, now=NOON)


def test_a_merged_case_comes_back_by_splitting_and_not_by_reopening(city, session):
    goes, stays = city.file(), city.file()
    city.move(city.dispatcher, c.Merge, goes.case_id, into_id=stays.case_id)
    reopen = {"ground": "new_evidence", "reason": "x"}
    found = refusal(city.move, city.director, c.Reopen, goes.case_id, **reopen)
    assert found == ("merged_elsewhere", None)


def test_a_report_leaves_only_the_case_that_it_came_into(city):
    one, other = city.file(), city.file()
    for report in (one.report_id, other.report_id, uuid4()):
        found = refusal(city.move, city.dispatcher, c.Split, one.case_id, report_id=report)
        assert found == ("report_missing", "report_id")
    found = refusal(city.move, city.dispatcher, c.Split, one.case_id, part=" ")
    assert found == ("part_missing", "part")


def test_a_part_that_is_split_off_wins_no_time(city, session):
    """Split before the acceptance, the part's decision is due when the whole's was."""
    filed = city.file()
    due = session.get_one(Case, filed.case_id).next_due_at
    later = NOON + timedelta(days=2)
    city.move(city.dispatcher, c.Split, filed.case_id, part="另一处配电箱", now=later)
    part = session.scalar(select(Case).where(Case.split_from == filed.case_id))
    assert (part.state, part.next_clock, part.next_due_at) == (State.RECEIVED, "acceptance", due)
    assert_row_is_replay(session, part.id)
    clocks_agree(session, part.id, now=later)
