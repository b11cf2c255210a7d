"""The guards of objecting, reopening, pausing, talking and rating."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.cases.kinds import Finding, State
from portal.cases.lifecycle import commands as c
from portal.cases.models import Case, Objection
from portal.cases.queries import clocks_of, facts_of
from portal.foundation.errors import Incomplete, NotAllowed, NotFound
from portal.history.queries import events_of
from portal.presets.queries import in_force
from portal.reports.kinds import Contacted, Satisfied, Solved
from portal.reports.models import Report
from tests.integration.test_the_road import assert_row_is_replay
from tests.support.city import NOON
from tests.support.refusals import CLOSE, UNIT, clocks_agree, concluded, refusal, reported, unit_of

DAY = timedelta(days=1)


def due_of(session, case_id, kind, now=NOON, subject=None):
    case = session.get_one(Case, case_id)
    found = clocks_of(session(), case, in_force(session(), now), as_of=now)
    return next(r.due_at for r in found if r.kind == kind and subject in (None, r.subject))


def test_the_days_for_objecting_end_with_their_last_moment(city, session):
    filed = concluded(city)
    reporter = city.reporter(filed.report_id)
    due = due_of(session, filed.case_id, "objection")
    late = due + timedelta(seconds=1)
    words = {"body": "没有看"}
    found = refusal(city.move, reporter, c.Object, filed.case_id, now=late, **words)
    assert found[0] == "objection_over"
    assert refusal(city.move, reporter, c.Object, filed.case_id, body=" ") == (
        "objection_missing",
        "body",
    )
    city.move(reporter, c.Object, filed.case_id, now=due, **words)
    found = refusal(city.move, reporter, c.Object, filed.case_id, now=due, **words)
    assert found[0] == "objection_open"


def test_nobody_objects_before_there_is_something_to_object_to(city):
    filed = city.in_hand()
    reporter = city.reporter(filed.report_id)
    found = refusal(city.move, reporter, c.Object, filed.case_id, body="x")
    assert found[0] == "not_concluded_for_objection"


def test_the_unit_objects_by_its_own_book_and_a_reporter_by_the_report(city, session):
    filed = city.in_hand()
    book = city.book(filed.case_id, city.inspected(filed.case_id))
    city.move(unit_of(book), c.Object, filed.case_id, body="不是我们", task_book_id=book.id, **UNIT)
    other = concluded(city)
    reporter = city.reporter(other.report_id)
    # A field that is not the reporter's changes nothing.
    city.move(reporter, c.Object, other.case_id, body="没看", task_book_id=book.id)
    rows = {o.case_id: (o.report_id, o.task_book_id) for o in session.scalars(select(Objection))}
    assert rows == {
        filed.case_id: (None, book.id),
        other.case_id: (other.report_id, None),
    }


def test_an_objection_is_decided_by_somebody_without_a_part(city, session):
    filed = concluded(city)
    city.move(city.reporter(filed.report_id), c.Object, filed.case_id, body="没有看")
    objection = session.scalar(select(Objection.id))
    ruling = {"objection_id": objection, "upheld": True, "reason": "确实没看"}
    for who in (city.lead, city.member, city.dispatcher):
        with pytest.raises(NotAllowed):
            city.move(who, c.DecideObjection, filed.case_id, **ruling)
    with pytest.raises(NotFound):
        city.move(city.other_lead, c.DecideObjection, filed.case_id, **ruling)
    for changed, code in (
        ({"objection_id": uuid4()}, "no_objection"),
        ({"objection_id": None}, "no_objection"),
        ({"reason": " "}, "reason_missing"),
    ):
        found = refusal(
            city.move, city.director, c.DecideObjection, filed.case_id, **ruling | changed
        )
        assert found[0] == code
    reopen = {"ground": "upheld_objection", "reason": "重查"}
    city.move(city.lead, c.Close, filed.case_id, **CLOSE)
    found = refusal(city.move, city.director, c.Reopen, filed.case_id, **reopen)
    assert found == ("ground_not_upheld", "ground")
    city.move(city.supervisor, c.DecideObjection, filed.case_id, **ruling)
    city.move(city.director, c.Reopen, filed.case_id, **reopen)
    assert refusal(city.move, city.director, c.DecideObjection, filed.case_id, **ruling)[0] == (
        "no_objection"
    )


def test_an_inspector_had_a_part_whoever_wrote_the_visign_in(city, session):
    """By person: the one who only went along, too, in whatever role."""
    filed = city.in_hand()
    city.inspected(filed.case_id, hazards=0)
    went_along = city.second_member.person_id
    facts = facts_of(session(), session.get_one(Case, filed.case_id), city.director, now=NOON)
    assert went_along in facts.took_part
    assert city.supervisor.person_id not in facts.took_part


@pytest.mark.trap(53)
def test_a_reopened_case_is_done_anew_and_closes_again(city, session):
    filed = city.closed()
    for ground, reason, code, field in (
        ("because", "x", "reopen_ground_missing", "ground"),
        ("upheld_objection", "x", "ground_not_upheld", "ground"),
        ("new_evidence", " ", "reason_missing", "reason"),
    ):
        fields = {"ground": ground, "reason": reason}
        found = refusal(city.move, city.lead, c.Reopen, filed.case_id, **fields)
        assert found == (code, field)
    city.move(city.lead, c.Reopen, filed.case_id, ground="new_evidence", reason="又有照片")
    session.expire_all()
    case = session.get_one(Case, filed.case_id)
    assert (case.state, case.group_id, case.reopen_count) == (
        State.IN_HAND,
        city.group("insp-fire"),
        1,
    )
    assert (case.verified_at, case.finding, case.concluded_at, case.resolution) == (None,) * 4
    assert refusal(city.move, city.lead, c.Close, filed.case_id, **CLOSE)[0] == "not_concluded"
    city.move(city.lead, c.Verify, filed.case_id, finding=Finding.TRUE, reason="属实")
    city.move(city.lead, c.Conclude, filed.case_id, answers=((filed.report_id, "属实"),))
    hazards = city.inspected(filed.case_id)
    reported(city, filed.case_id, city.book(filed.case_id, hazards))
    only = city.items(filed.case_id)[0]
    city.move(city.supervisor, c.PassReview, filed.case_id, item_id=only.id, opinion="好")
    city.move(city.lead, c.Close, filed.case_id, lesson_considered=True)
    # What passed stays passed; what is found after another reopening needs a task of its own.
    city.move(city.director, c.Reopen, filed.case_id, ground="audit_finding", reason="抽查")
    assert refusal(city.move, city.lead, c.Close, filed.case_id, **CLOSE)[0] == "not_concluded"
    assert_row_is_replay(session, filed.case_id)
    clocks_agree(session, filed.case_id, now=NOON)


def test_a_case_that_no_group_had_signed_goes_back_to_the_desk_whole(city, session):
    filed = city.file()
    city.accepted(filed.case_id)
    city.dispatched(filed.case_id)
    away = {"office": "ecology", "handover": "公函", "explanation": "请等他们"}
    city.move(city.lead, c.TransferOut, filed.case_id, **away)
    city.move(city.director, c.Reopen, filed.case_id, ground="new_evidence", reason="退回来了")
    session.expire_all()
    case = session.get_one(Case, filed.case_id)
    assert (case.state, case.group_id, case.dispatched_at) == (State.RECEIVED, None, None)
    assert case.next_clock == "dispatch"
    with pytest.raises(NotFound):
        city.move(city.lead, c.Note, filed.case_id, body="x")
    city.dispatched(filed.case_id)
    assert_row_is_replay(session, filed.case_id)


def test_an_ended_case_waits_for_no_ruling_and_is_not_paused(city, session):
    filed = city.in_hand()
    city.move(city.lead, c.ReturnDispatch, filed.case_id, reason="x")
    city.dispatched(filed.case_id)
    city.move(city.lead, c.SignFor, filed.case_id)
    city.move(city.lead, c.AskReturn, filed.case_id, reason="x")
    pause = {"reason_code": "force_majeure", "reason": "台风"}
    city.move(city.lead, c.Pause, filed.case_id, **pause)
    away = {"office": "ecology", "handover": "公函", "explanation": "请等他们"}
    later = NOON + 3 * DAY
    city.move(city.lead, c.TransferOut, filed.case_id, now=later, **away)
    session.expire_all()
    case = session.get_one(Case, filed.case_id)
    assert (case.return_asked_at, case.paused_at, case.pause_days) == (None, None, 3)


# pauses


def test_pauses_need_a_listed_reason_and_are_capped_by_days_that_pass(city, session):
    filed = city.in_hand()
    pause = {"reason_code": "force_majeure", "reason": "台风"}
    for changed, code, field in (
        ({"reason_code": "holiday"}, "pause_reason_unlisted", "reason_code"),
        ({"reason": " "}, "reason_missing", "reason"),
    ):
        found = refusal(city.move, city.lead, c.Pause, filed.case_id, **pause | changed)
        assert found == (code, field)
    assert refusal(city.move, city.lead, c.Resume, filed.case_id)[0] == "not_paused"
    day, begun = NOON, 0
    while True:
        case = session.get_one(Case, filed.case_id)
        if case.pause_days >= 60:
            break
        city.move(city.lead, c.Pause, filed.case_id, now=day, **pause)
        assert refusal(city.move, city.lead, c.Pause, filed.case_id, now=day, **pause)[0] == (
            "paused_already"
        )
        # Almost a day each: many short pauses are no way round the cap.
        day += timedelta(hours=23, minutes=59)
        city.move(city.lead, c.Resume, filed.case_id, now=day)
        begun += 1
        assert begun < 70, "the cap never came"
    assert begun >= 60
    again = refusal(city.move, city.lead, c.Pause, filed.case_id, now=day, **pause)
    assert again[0] == "pause_too_often"


# talking


def test_a_word_goes_only_to_a_report_of_the_case(city):
    filed, other = city.in_hand(), city.file()
    for report in (None, uuid4(), other.report_id):
        fields = {"report_id": report, "body": "x"}
        for who in (city.lead, city.reporter(filed.report_id)):
            found = refusal(city.move, who, c.Ask, filed.case_id, **fields)
            assert found == ("report_unknown", "report_id")
    merged = city.file()
    city.move(city.dispatcher, c.Merge, merged.case_id, into_id=filed.case_id)
    fields = {"report_id": merged.report_id, "body": "冒充"}
    found = refusal(city.move, city.reporter(filed.report_id), c.Ask, filed.case_id, **fields)
    assert found == ("report_unknown", "report_id")
    files = ({"id": "x"},)
    evidence = {"files": files, "report_id": merged.report_id}
    found = refusal(
        city.move, city.reporter(filed.report_id), c.AddEvidence, filed.case_id, **evidence
    )
    assert found == ("report_unknown", "report_id")


def test_rating_comes_after_the_answer_whole_and_the_last_within_the_days_counts(city, session):
    filed = city.in_hand()
    reporter = city.reporter(filed.report_id)
    whole = {"contacted": Contacted.YES, "solved": Solved.NO, "satisfied": Satisfied.NOT}
    assert refusal(city.move, reporter, c.Rate, filed.case_id, **whole)[0] == "nothing_to_rate"
    city.move(city.lead, c.Verify, filed.case_id, finding=Finding.NOT_TRUE, reason="看了")
    city.move(city.lead, c.Conclude, filed.case_id, answers=((filed.report_id, "答复"),))
    for lacking in ("contacted", "solved", "satisfied"):
        found = refusal(city.move, reporter, c.Rate, filed.case_id, **whole | {lacking: None})
        assert found == ("rate_missing", lacking)
    city.move(reporter, c.Rate, filed.case_id, **whole)
    # Ten days after NOON end with Friday the 20th, in Changzhou at 16:00 UTC.
    late = NOON.replace(day=20, hour=15, minute=59)
    second = {"contacted": Contacted.NO, "solved": Solved.YES, "satisfied": Satisfied.BASICALLY}
    city.move(reporter, c.Rate, filed.case_id, now=late, **second)
    over = late + timedelta(minutes=2)
    assert refusal(city.move, reporter, c.Rate, filed.case_id, now=over, **whole)[0] == (
        "rating_over"
    )
    session.expire_all()
    row = session.get_one(Report, filed.report_id)
    assert (row.contacted, row.solved, row.satisfied) == tuple(second.values())


def test_the_answer_after_a_reopening_is_rated_anew_and_history_keeps_both(city, session):
    filed = city.closed()
    reporter = city.reporter(filed.report_id)
    first = {"contacted": Contacted.NO, "solved": Solved.NO, "satisfied": Satisfied.NOT}
    second = {"contacted": Contacted.YES, "solved": Solved.YES, "satisfied": Satisfied.SATISFIED}
    city.move(reporter, c.Rate, filed.case_id, **first)
    city.move(city.lead, c.Reopen, filed.case_id, ground="new_evidence", reason="又有照片")
    # The new answer is not there yet: neither the old nor a new rating of it can be given.
    assert refusal(city.move, reporter, c.Rate, filed.case_id, **second)[0] == "nothing_to_rate"
    city.move(city.lead, c.Verify, filed.case_id, finding=Finding.NOT_TRUE, reason="看了")
    city.move(city.lead, c.Conclude, filed.case_id, answers=((filed.report_id, "答复"),))
    city.move(reporter, c.Rate, filed.case_id, **second)
    rated = [e.payload for e in events_of(session(), filed.case_id) if e.kind == "rated"]
    assert [(one["solved"], one["satisfied"]) for one in rated] == [
        (one["solved"].value, one["satisfied"].value) for one in (first, second)
    ]
    assert_row_is_replay(session, filed.case_id)


def test_who_was_not_upheld_may_object_again_within_the_days_and_after_a_reopening(city, session):
    filed = concluded(city)
    reporter = city.reporter(filed.report_id)
    due = due_of(session, filed.case_id, "objection")

    def object_and_decide(upheld, now, by=city.director):
        city.move(reporter, c.Object, filed.case_id, body="没有看", now=now)
        twice = refusal(city.move, reporter, c.Object, filed.case_id, body="没有看", now=now)
        assert twice[0] == "objection_open"
        waiting = session.scalar(select(Objection.id).where(Objection.decided_at.is_(None)))
        ruling = {"objection_id": waiting, "upheld": upheld, "reason": "因为"}
        city.move(by, c.DecideObjection, filed.case_id, now=now, **ruling)

    object_and_decide(False, NOON + DAY)
    object_and_decide(False, NOON + 2 * DAY)
    # The days run from the answer: neither an objection nor its ruling gives more of them.
    assert due_of(session, filed.case_id, "objection", now=NOON + 2 * DAY) == due
    late = refusal(
        city.move, reporter, c.Object, filed.case_id, body="x", now=due + timedelta(seconds=1)
    )
    assert late[0] == "objection_over"
    object_and_decide(True, due)
    again = due + DAY
    city.move(city.lead, c.Close, filed.case_id, now=due, **CLOSE)
    reopen = {"ground": "upheld_objection", "reason": "重查"}
    city.move(city.director, c.Reopen, filed.case_id, now=again, **reopen)
    found = refusal(city.move, reporter, c.Object, filed.case_id, body="x", now=again)
    assert found[0] == "not_concluded_for_objection"
    # The new answer has days of its own.
    verified = {"finding": Finding.NOT_TRUE, "reason": "又看了"}
    city.move(city.lead, c.Verify, filed.case_id, now=again, **verified)
    answers = ((filed.report_id, "答复"),)
    city.move(city.lead, c.Conclude, filed.case_id, now=again, answers=answers)
    # Who reopened it has a part in it by now.
    object_and_decide(False, again + 5 * DAY, by=city.supervisor)
    # That an earlier objection was upheld is no ground for reopening this answer.
    city.move(city.lead, c.Close, filed.case_id, now=again + 5 * DAY, **CLOSE)
    found = refusal(
        city.move, city.director, c.Reopen, filed.case_id, now=again + 5 * DAY, **reopen
    )
    assert found == ("ground_not_upheld", "ground")
    assert_row_is_replay(session, filed.case_id)
    clocks_agree(session, filed.case_id, now=again + 5 * DAY)


def test_risk_is_assessed_from_listed_values_of_a_hazard_of_this_case(city, session):
    filed = city.in_hand()
    hazard = city.inspected(filed.case_id)[0]
    good = {
        "hazard_id": hazard,
        "method": "matrix",
        "inputs": (("L", 3), ("S", 4)),
        "reason": "判断",
    }
    for changed, code in (
        ({"hazard_id": uuid4()}, "hazard_missing"),
        ({"hazard_id": None}, "hazard_missing"),
        ({"inputs": ()}, "risk_missing"),
        ({"inputs": (("L", 3), ("S", 99))}, "risk_missing"),
        ({"inputs": (("L", float("nan")), ("S", 4))}, "risk_missing"),
        ({"inputs": (("L", 3), ("S", 4), ("luck", 1))}, "risk_missing"),
        ({"reason": " "}, "reason_missing"),
    ):
        found = refusal(city.move, city.lead, c.AssessRisk, filed.case_id, **good | changed)
        assert found[0] == code
    due = session.get_one(Case, filed.case_id).next_due_at
    city.move(city.lead, c.AssessRisk, filed.case_id, **good)
    session.expire_all()
    assert session.get_one(Case, filed.case_id).next_due_at == due


def test_an_incomplete_refusal_names_a_field_of_its_command(city):
    """The form prints the sentence there; a field of no command would be printed nowhere."""
    filed = city.file()
    with pytest.raises(Incomplete) as error:
        city.move(city.dispatcher, c.SetAside, filed.case_id, until=date(2020, 1, 1), reason="")
    assert error.value.field in c.SetAside.__dataclass_fields__
