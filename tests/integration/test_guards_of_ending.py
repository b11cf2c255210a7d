"""The guards of inspecting, putting right, checking, answering and ending, each at its edge."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from portal.cases.kinds import Finding, Resolution, State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.told import Told
from portal.cases.models import Case
from portal.cases.queries.following import follow_up
from portal.foundation.errors import NotAllowed, NotFound
from portal.reports.models import Report
from portal.taskbooks.models import TaskBook
from tests.integration.test_the_road import assert_row_is_replay
from tests.support.city import NOON
from tests.support.refusals import CLOSE, UNIT, concluded, refusal, reported, unit_of, visit

DAY = timedelta(days=1)


def test_a_visit_needs_two_people_of_the_group_a_past_hour_and_words(city):
    filed = city.in_hand()
    both = (city.member, city.second_member)
    two = tuple(one.person_id for one in both)
    for changed, code, field in (
        ({"inspectors": two[:1]}, "two_inspectors", "inspectors"),
        ({"inspectors": (two[0], two[0])}, "two_inspectors", "inspectors"),
        ({"inspectors": ()}, "two_inspectors", "inspectors"),
        ({"inspectors": (two[0], uuid4())}, "inspector_elsewhere", "inspectors"),
        (
            {"inspectors": (two[0], city.other_member.person_id)},
            "inspector_elsewhere",
            "inspectors",
        ),
        ({"visited_at": NOON + timedelta(seconds=1)}, "visit_in_future", "visited_at"),
        ({"visited_at": None}, "visit_in_future", "visited_at"),
        ({"visited_at": NOON - timedelta(seconds=1)}, "visit_before_report", "visited_at"),
        ({"finding": "\u3000 "}, "finding_missing", "finding"),
        (
            {"hazards": (c.FoundHazard(description="甲"), c.FoundHazard(description=" "))},
            "hazard_words_missing",
            "hazards-1-description",
        ),
        ({"unit_id": uuid4()}, "unit_missing", "unit_id"),
    ):
        fields = visit(city, *both, **{k: v for k, v in changed.items() if k != "inspectors"})
        fields |= changed
        found = refusal(city.move, city.member, c.Inspect, filed.case_id, **fields)
        assert found == (code, field)
    city.move(city.member, c.Inspect, filed.case_id, **visit(city, *both))


def item(hazard, **changed):
    fields = {
        "hazard_id": hazard,
        "task": "改",
        "responsible": "厂长",
        "due_on": NOON.date(),
        **changed,
    }
    return c.NewItem(**fields)


def test_a_task_book_is_whole_or_is_not_issued(city):
    filed, other = city.in_hand(), city.in_hand()
    assert refusal(city.book, filed.case_id, [])[0] == "no_hazard"
    hazard = city.inspected(filed.case_id)[0]
    foreign = city.inspected(other.case_id)[0]
    unit = city.unit()
    for items, unit_id, code, field in (
        ((item(hazard),), None, "unit_missing", "unit_id"),
        ((item(hazard),), uuid4(), "unit_missing", "unit_id"),
        ((), unit, "items_missing", "items"),
        ((item(None),), unit, "hazard_unknown", "items-0-hazard_id"),
        ((item(uuid4()),), unit, "hazard_unknown", "items-0-hazard_id"),
        ((item(foreign),), unit, "hazard_unknown", "items-0-hazard_id"),
        ((item(hazard), item(hazard, task=" ")), unit, "task_missing", "items-1-task"),
        ((item(hazard, responsible=""),), unit, "responsible_missing", "items-0-responsible"),
        ((item(hazard, due_on=None),), unit, "due_missing", "items-0-due_on"),
        ((item(hazard, due_on=NOON.date() - DAY),), unit, "due_missing", "items-0-due_on"),
        ((item(hazard, done=True),), unit, "not_on_spot", "items-0-done"),
    ):
        fields = {"items": items, "unit_id": unit_id}
        found = refusal(city.move, city.member, c.IssueTaskBook, filed.case_id, **fields)
        assert found == (code, field)
    # Due today is not past: the day counts in the portal's zone.
    fields = {"items": (item(hazard),), "unit_id": unit}
    city.move(city.member, c.IssueTaskBook, filed.case_id, **fields)


@pytest.mark.trap(40)
def test_a_units_link_reaches_its_own_task_book_and_only_while_it_holds(city, session):
    filed = city.in_hand()
    hazards = city.inspected(filed.case_id, hazards=2)
    first, second = (
        city.book(filed.case_id, [hazard], now=NOON + number * timedelta(minutes=1))
        for number, hazard in enumerate(hazards)
    )
    theirs = next(i for i in city.items(filed.case_id) if i.task_book_id == second.id)
    own = next(i for i in city.items(filed.case_id) if i.task_book_id == first.id)
    done = {"item_id": theirs.id, "statement": "好了", **UNIT}
    found = refusal(city.move, unit_of(first), c.ReportItemDone, filed.case_id, **done)
    assert found == ("item_missing", "item_id")
    found = refusal(
        city.move, unit_of(first), c.SignTaskBook, filed.case_id, task_book_id=second.id, **UNIT
    )
    assert found[0] == "link_revoked"
    with pytest.raises(NotFound):
        city.move(unit_of(city.other_book()), c.SignTaskBook, filed.case_id, **sign(first))
    city.move(unit_of(first), c.SignTaskBook, filed.case_id, **sign(first))
    again = refusal(city.move, unit_of(first), c.SignTaskBook, filed.case_id, **sign(first))
    assert again[0] == "signed_already"
    revoke = {"task_book_id": first.id, "reason": "错发"}
    found = refusal(
        city.move, city.lead, c.RevokeLink, filed.case_id, **revoke | {"task_book_id": uuid4()}
    )
    assert found == ("no_link", "task_book_id")
    city.move(city.lead, c.RevokeLink, filed.case_id, **revoke)
    assert refusal(city.move, city.lead, c.RevokeLink, filed.case_id, **revoke)[0] == "no_link"
    done = {"item_id": own.id, "statement": "好了", **UNIT}
    found = refusal(city.move, unit_of(first), c.ReportItemDone, filed.case_id, **done)
    assert found[0] == "link_revoked"
    assert session.get_one(TaskBook, first.id).token_hash is None


def sign(book):
    return {"task_book_id": book.id, **UNIT}


@pytest.fixture(autouse=True)
def other_book(city):
    """A way to a task book of another case."""

    def make():
        filed = city.in_hand()
        return city.book(filed.case_id, city.inspected(filed.case_id))

    city.actors["other_book"] = make


def test_the_unit_says_who_and_shows_something(city):
    filed = city.in_hand()
    book = city.book(filed.case_id, city.inspected(filed.case_id))
    only = city.items(filed.case_id)[0]
    good = {"item_id": only.id, "statement": "好了", **UNIT}
    for changed, code, field in (
        ({"name": " "}, "name_missing", "name"),
        ({"post": ""}, "post_missing", "post"),
        ({"statement": " "}, "evidence_missing", "statement"),
        ({"item_id": None}, "item_missing", "item_id"),
        ({"item_id": uuid4()}, "item_missing", "item_id"),
    ):
        found = refusal(city.move, unit_of(book), c.ReportItemDone, filed.case_id, **good | changed)
        assert found == (code, field)
    city.move(unit_of(book), c.ReportItemDone, filed.case_id, **good)
    found = refusal(city.move, unit_of(book), c.ReportItemDone, filed.case_id, **good)
    assert found == ("item_not_with_unit", "item_id")


@pytest.mark.trap(18)
def test_who_ordered_it_does_not_review_it_and_a_review_needs_a_reported_task(city):
    filed = city.in_hand()
    hazards = city.inspected(filed.case_id, hazards=2)
    orders = {"items": tuple(item(h) for h in hazards), "unit_id": city.unit()}
    city.move(city.lead, c.IssueTaskBook, filed.case_id, **orders)
    first, second = city.items(filed.case_id)
    review = {"item_id": first.id, "opinion": "看过"}
    assert refusal(city.move, city.supervisor, c.PassReview, filed.case_id, **review)[0] == (
        "nothing_reported"
    )
    reported(city, filed.case_id, first_book(city, filed), first)
    for who in (city.lead, city.member, city.second_member):
        assert refusal(city.move, who, c.PassReview, filed.case_id, **review)[0] == "own_work"
    for changed, code, field in (
        ({"item_id": second.id}, "item_not_reported", "item_id"),
        ({"item_id": uuid4()}, "item_missing", "item_id"),
        ({"opinion": " "}, "evidence_missing", "opinion"),
    ):
        found = refusal(city.move, city.supervisor, c.PassReview, filed.case_id, **review | changed)
        assert found == (code, field)
    for due in (None, NOON.date() - DAY):
        fail = {**review, "new_due_on": due}
        found = refusal(city.move, city.director, c.FailReview, filed.case_id, **fail)
        assert found == ("due_missing", "new_due_on")
    city.move(city.director, c.FailReview, filed.case_id, **review, new_due_on=NOON.date())
    again = refusal(city.move, city.director, c.PassReview, filed.case_id, **review)
    assert again[0] == "nothing_reported"
    with pytest.raises(NotFound):
        city.move(city.supervisor_elsewhere, c.PassReview, filed.case_id, **review)


def first_book(city, filed):
    return city.session.scalar(select(TaskBook).where(TaskBook.case_id == filed.case_id))


def test_the_states_with_a_book_follow_from_the_tasks(city, session):
    filed = city.in_hand()
    hazards = city.inspected(filed.case_id, hazards=2)
    book = city.book(filed.case_id, hazards)
    first, second = city.items(filed.case_id)

    def state():
        session.expire_all()
        return session.get_one(Case, filed.case_id).state

    assert state() is State.RECTIFYING
    reported(city, filed.case_id, book, first)
    assert state() is State.RECTIFYING
    reported(city, filed.case_id, book, second)
    assert state() is State.REVIEWING
    fail = {"item_id": first.id, "opinion": "没改", "new_due_on": NOON.date() + DAY}
    city.move(city.supervisor, c.FailReview, filed.case_id, **fail)
    assert state() is State.RECTIFYING
    city.move(city.lead, c.WithdrawItem, filed.case_id, item_id=first.id, reason="有误")
    assert state() is State.REVIEWING
    city.move(city.lead, c.WithdrawItem, filed.case_id, item_id=second.id, reason="有误")
    assert state() is State.IN_HAND
    found = refusal(
        city.move, city.lead, c.WithdrawItem, filed.case_id, item_id=first.id, reason="x"
    )
    assert found[0] == "not_in_this_state"
    assert_row_is_replay(session, filed.case_id)


@pytest.mark.trap(15)
def test_true_closes_only_when_every_hazard_has_a_task_and_every_task_passed(city, session):
    filed = concluded(city, Finding.TRUE)

    def why():
        return refusal(city.move, city.lead, c.Close, filed.case_id, lesson_considered=True)[0]

    assert why() == "no_hazard"
    hazards = city.inspected(filed.case_id, hazards=2)
    assert why() == "hazards_without_item"
    book = city.book(filed.case_id, hazards[:1])
    assert why() == "not_in_this_state"
    reported(city, filed.case_id, book)
    assert why() == "hazards_without_item"
    second = city.book(filed.case_id, hazards[1:], now=NOON + timedelta(minutes=1))
    theirs = [row for row in city.items(filed.case_id) if row.task_book_id == second.id]
    reported(city, filed.case_id, second, *theirs)
    assert why() == "items_not_passed"
    rows = city.items(filed.case_id)
    city.move(city.supervisor, c.PassReview, filed.case_id, item_id=rows[0].id, opinion="好")
    assert why() == "items_not_passed"
    city.move(city.supervisor, c.PassReview, filed.case_id, item_id=rows[1].id, opinion="好")
    found = refusal(city.move, city.lead, c.Close, filed.case_id, lesson_considered=False)
    assert found == ("lesson_missing", "lesson_considered")
    city.move(city.lead, c.Close, filed.case_id, lesson_considered=True)
    session.expire_all()
    assert session.get_one(Case, filed.case_id).resolution is Resolution.RECTIFIED


def test_a_withdrawn_task_leaves_its_hazard_without_one(city):
    filed = concluded(city, Finding.PARTLY)
    hazards = city.inspected(filed.case_id, hazards=2)
    book = city.book(filed.case_id, hazards)
    first, second = city.items(filed.case_id)
    reported(city, filed.case_id, book, first)
    city.move(city.supervisor, c.PassReview, filed.case_id, item_id=first.id, opinion="好")
    city.move(city.lead, c.WithdrawItem, filed.case_id, item_id=second.id, reason="有误")
    found = refusal(city.move, city.lead, c.Close, filed.case_id, lesson_considered=True)
    assert found[0] == "hazards_without_item"
    passed = refusal(
        city.move, city.lead, c.WithdrawItem, filed.case_id, item_id=first.id, reason="x"
    )
    assert passed == ("item_not_open", "item_id")


def test_what_is_not_true_says_why_no_hazard_remains(city):
    filed = concluded(city)
    for words in ("", " ", "\u3000"):
        close = {**CLOSE, "reason": words}
        found = refusal(city.move, city.lead, c.Close, filed.case_id, **close)
        assert found == ("no_hazard_reason_missing", "reason")


@pytest.mark.trap(48)
@pytest.mark.parametrize("finding", [Finding.NOT_TRUE, Finding.UNVERIFIABLE])
@pytest.mark.parametrize("verified_first", [True, False])
def test_not_true_with_another_hazard_ends_when_that_was_put_right(
    city, session, finding, verified_first
):
    """The visit found something else than what was reported: neither is left in the air."""
    filed = city.in_hand()
    verified = {"finding": finding, "reason": "举报的没有发现"}
    if verified_first:
        city.move(city.lead, c.Verify, filed.case_id, **verified)
    book = city.book(filed.case_id, city.inspected(filed.case_id))
    if not verified_first:
        city.move(city.lead, c.Verify, filed.case_id, **verified)

    def told():
        return follow_up(session(), city.reporter(filed.report_id), now=NOON).standing.told

    assert told() is Told.VERIFIED
    city.move(city.lead, c.Conclude, filed.case_id, answers=((filed.report_id, "没有发现"),))
    reported(city, filed.case_id, book)
    assert refusal(city.move, city.lead, c.Close, filed.case_id, **CLOSE)[0] == "items_not_passed"
    only = city.items(filed.case_id)[0]
    city.move(city.supervisor, c.PassReview, filed.case_id, item_id=only.id, opinion="好")
    city.move(city.lead, c.Close, filed.case_id, lesson_considered=True)
    session.expire_all()
    case = session.get_one(Case, filed.case_id)
    assert (case.resolution, case.finding) == (Resolution.RECTIFIED, finding)
    # Nothing that was reported was fixed, and the reporter is not told so.
    said = {Finding.NOT_TRUE: Told.NOT_FOUND, Finding.UNVERIFIABLE: Told.UNCLEAR}
    assert told() is said[finding]
    assert_row_is_replay(session, filed.case_id)


def test_nobody_concludes_or_closes_out_of_turn(city):
    filed = city.in_hand()
    answers = ((filed.report_id, "答复"),)
    assert refusal(city.move, city.lead, c.Conclude, filed.case_id, answers=answers)[0] == (
        "not_verified"
    )
    assert refusal(city.move, city.lead, c.Close, filed.case_id, **CLOSE)[0] == "not_concluded"
    for finding, reason, code, field in (
        (None, "x", "finding_missing", "finding"),
        (Finding.NOT_TRUE, " ", "not_inspected", "reason"),
    ):
        fields = {"finding": finding, "reason": reason}
        found = refusal(city.move, city.lead, c.Verify, filed.case_id, **fields)
        assert found == (code, field)
    verify = {"finding": Finding.NOT_TRUE, "reason": "看了"}
    city.move(city.lead, c.Verify, filed.case_id, **verify)
    assert refusal(city.move, city.lead, c.Verify, filed.case_id, **verify)[0] == (
        "verified_already"
    )
    with pytest.raises(NotAllowed):
        city.move(city.member, c.Conclude, filed.case_id, answers=answers)


@pytest.mark.promise(1)
def test_the_answer_goes_to_every_reporter_of_the_case_and_to_no_other(city, session):
    filed, merged, stranger = city.in_hand(), city.file(), city.file()
    city.move(city.dispatcher, c.Merge, merged.case_id, into_id=filed.case_id)
    city.move(city.lead, c.Verify, filed.case_id, finding=Finding.NOT_TRUE, reason="看了")
    own = ((filed.report_id, "答复"), (merged.report_id, "也答复"))
    for answers, code in (
        (own[:1], "answer_missing"),
        ((*own[:1], (merged.report_id, " ")), "answer_missing"),
        ((*own, (stranger.report_id, "不该有")), "report_unknown"),
        ((*own, (uuid4(), "不该有")), "report_unknown"),
    ):
        found = refusal(city.move, city.lead, c.Conclude, filed.case_id, answers=answers)
        assert found[0] == code
    twice = (*own, (filed.report_id, "改过的答复"))
    city.move(city.lead, c.Conclude, filed.case_id, answers=twice)
    session.expire_all()
    assert session.get_one(Report, stranger.report_id).answered_at is None
    assert_row_is_replay(session, filed.case_id, merged.case_id)
    # No words lie about that no event knows.
    events = session.scalars(text("SELECT payload::text FROM events")).all()
    for kept in session.scalars(text("SELECT id FROM texts WHERE kind = 'answer'")):
        assert any(str(kept) in payload for payload in events)


def test_a_message_that_waits_keeps_the_case_open(city, session):
    filed = concluded(city)
    reporter = city.reporter(filed.report_id)
    city.move(reporter, c.Ask, filed.case_id, report_id=filed.report_id, body="还在")
    assert refusal(city.move, city.lead, c.Close, filed.case_id, **CLOSE)[0] == "unanswered"
    answer = {"report_id": filed.report_id, "body": "看了"}
    city.move(city.member, c.Answer, filed.case_id, **answer)
    session.expire_all()
    assert session.get_one(Case, filed.case_id).unanswered_count == 0
    city.move(city.lead, c.Close, filed.case_id, **CLOSE)


def test_a_word_of_somebody_who_gets_no_answer_still_counts_as_waiting(city, session):
    filed, merged = city.in_hand(), city.file()
    city.move(city.dispatcher, c.Merge, merged.case_id, into_id=filed.case_id)
    gone = city.reporter(merged.report_id)
    city.move(gone, c.Ask, filed.case_id, report_id=merged.report_id, body="我错了")
    city.move(gone, c.Withdraw, filed.case_id)
    city.move(city.lead, c.Verify, filed.case_id, finding=Finding.NOT_TRUE, reason="看了")
    city.move(city.lead, c.Conclude, filed.case_id, answers=((filed.report_id, "答复"),))
    session.expire_all()
    assert session.get_one(Case, filed.case_id).unanswered_count == 1
    assert refusal(city.move, city.lead, c.Close, filed.case_id, **CLOSE)[0] == "unanswered"


def test_withdrawing_ends_no_case_and_is_done_once(city, session):
    filed, merged = city.in_hand(), city.file()
    city.move(city.dispatcher, c.Merge, merged.case_id, into_id=filed.case_id)
    first, second = city.reporter(filed.report_id), city.reporter(merged.report_id)
    city.move(first, c.Withdraw, filed.case_id)
    session.expire_all()
    assert session.get_one(Case, filed.case_id).withdrawn_at is None
    assert refusal(city.move, first, c.Withdraw, filed.case_id)[0] == "withdrawn_already"
    city.move(second, c.Withdraw, filed.case_id)
    session.expire_all()
    case = session.get_one(Case, filed.case_id)
    assert (case.state, case.withdrawn_at) == (State.IN_HAND, NOON)
    city.move(city.lead, c.Verify, filed.case_id, finding=Finding.NOT_TRUE, reason="看了")
    city.move(city.lead, c.Conclude, filed.case_id, answers=())
    assert refusal(city.move, city.lead, c.Close, filed.case_id, lesson_considered=True)[0] == (
        "no_hazard_reason_missing"
    )
    city.move(city.lead, c.Close, filed.case_id, **CLOSE)
    session.expire_all()
    assert session.get_one(Case, filed.case_id).resolution is Resolution.WITHDRAWN
    # Nobody was answered, so nobody can object to an answer.
    assert refusal(city.move, first, c.Object, filed.case_id, body="x")[0] == (
        "not_concluded_for_objection"
    )
