"""The worked cases of the field, lived in one city by the moves of the road, exact to the date."""

from collections import Counter
from datetime import timedelta
from fractions import Fraction
from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from config import load_keyring, load_settings
from portal.cases.kinds import Finding, Resolution, State
from portal.cases.lifecycle import reward_commands as r
from portal.cases.models import Case
from portal.cases.queries import book_page, clocks_of, follow_up, hazards_counted, scores_of_unit
from portal.cases.services import record_breaches
from portal.clocks.days import days_of
from portal.clocks.reading import State as Clock
from portal.discipline.models import DisciplinaryStep, Interview
from portal.foundation import secrets
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.foundation.transaction import unit_of_work
from portal.history.models import Event
from portal.inspections.models import Hazard, RiskAssessment
from portal.measures import published
from portal.measures.asked import Asked
from portal.measures.counts import Share
from portal.measures.periods import Period, Scope
from portal.presets.queries import in_force
from portal.reports.kinds import Satisfied
from portal.rewards.queries.rewards import reckoned_of
from portal.taskbooks.models import Review, TaskBook
from tests.integration.test_the_road import assert_row_is_replay
from tests.support import worked
from tests.support.city import City
from tests.support.clocks import at, domain
from tests.support.databases import fresh_database

TOLD = domain("cases.yaml")
EXPECTED = TOLD["expected_measures"]
AS_OF = at(EXPECTED["as_of"])
YEAR = Period(at("2026-01-01T00:00"), at("2027-01-01T00:00"))
#: Limits of the worked cases that no clock of the road reads; their dates are reckoned in
#: tests/unit/test_clocks_domain.py.
NO_CLOCK = {
    "register": "a desk files what it takes down: nothing waits in between",
    "hotline_other": "the hotline's own; its work orders follow in a later issue",
    "follow_up": "a rating by code stands for the call",
    "return_decision": "a first return needs no ruling",
    "rectify_immediate": "done before the book is issued",
    "rectification_plan": "a coded note",
    "progress_report": "of listings",
    "listing_publish": "public from the order on",
    "delisting_publish": "public from the decision on",
    "interview_notice": "held by a guard of the ladder, below",
    "interview_report": "the date of a commitment, below",
    "retaliation_check": "asked by the portal itself from that day on",
    "penalty_decision": "a coded note",
    "penalty_publish": "a coded note",
    "reward_claim": "the last day of an offer, below",
}
LINES = [
    pytest.param(case["id"], line, id=f"{case['id']} {line['limit']} {line['on']}")
    for case in TOLD["cases"]
    for line in case["deadlines"]
    if line["limit"] not in NO_CLOCK
]


@pytest.fixture(scope="module")
def lived(server, settled, tmp_path_factory):
    """The city after the worked cases, what was seen on the way, and a session on it."""
    template, actors = settled
    settings = load_settings({"PORTAL_DATA_DIR": str(tmp_path_factory.mktemp("worked"))})
    secrets.use(load_keyring(settings, may_create=True))
    with fresh_database(server, "worked", template) as database:
        engine = create_engine(database.app_url)
        with Session(engine) as session:
            life = worked.begin(City(session, dict(actors)))
            seen = {}
            life.live({moment: _looking(look, seen) for moment, look in LOOKS.items()})
            yield SimpleNamespace(life=life, seen=seen, session=session, cases=life.cases)
        engine.dispose()


def _looking(look, seen):
    def looked(life):
        seen[life.now] = look(life)
        life.city.session.rollback()

    return looked


def readings(life, name, now):
    session = life.city.session
    case = session.get_one(Case, life.cases[name].id, populate_existing=True)
    return clocks_of(session, case, in_force(session, now), as_of=now)


def _signing(life):
    with unit_of_work(life.city.session) as own:
        record_breaches(own, life.now)
    (one,) = [
        r for r in readings(life, "C3", life.now) if r.kind == "sign_for_urgent" and r.is_open
    ]
    return one.state is Clock.OVERDUE


def _acceptance(life):
    figures = published.time_to_acceptance(asked(life.city.session, life.now))
    conclusion = published.time_to_conclusion(asked(life.city.session, life.now))
    return figures, conclusion


def _second_round(life):
    item = str(life.book(life.cases["C1"], "H5").id)
    own = [r for r in readings(life, "C1", life.now) if (r.kind, r.subject) == ("item", item)]
    return [(one.state, one.last_day.isoformat()) for one in own]


def _open_hazards(life):
    case = life.city.session.get_one(Case, life.cases["C3"].id, populate_existing=True)
    names = life.cases["C3"].hazards
    open_ = [n for n in sorted(names) if str(life.book(life.cases["C3"], n).state) != "passed"]
    return case.state, case.concluded_at is not None, open_


def _nothing(life):
    return None


LOOKS = {
    at("2026-04-25T12:00"): _second_round,
    at("2026-05-08T12:00"): _acceptance,
    at("2026-06-16T16:59"): _signing,
    at("2026-06-16T17:01"): _signing,
    at("2026-06-30T12:00"): _open_hazards,
    AS_OF: _nothing,
}


def asked(session, now):
    return Asked(session, Scope(period=YEAR), in_force(session, now), now)


def test_every_kind_of_event_is_mapped_and_leaves_what_the_table_says(lived):
    kinds = {event["do"] for case in TOLD["cases"] for event in case["events"]}
    added = {event["do"] for events in worked.ADDED.values() for event in events}
    assert len(kinds) == 38
    assert kinds <= worked.KINDS.keys()
    assert worked.KINDS.keys() == kinds | added
    assert all(event["why"] for events in worked.ADDED.values() for event in events)
    assert lived.life.wrong == []
    known = {line["limit"] for case in TOLD["cases"] for line in case["deadlines"]}
    assert NO_CLOCK.keys() <= known


@pytest.mark.parametrize(("name", "line"), LINES)
def test_each_deadline_stands_in_the_case_with_its_dates(lived, name, line):
    case = lived.cases[name]
    is_item, number = line["limit"].startswith("rectify"), "second" in line["on"]
    kind = "item" if is_item else line["limit"]
    hazards = line["on"].split()[0].split(",") if line["on"].startswith("H") else []
    subjects = [str(lived.life.book(case, one).id) for one in hazards]
    if kind == "objection":
        subjects = [str(case.reports[0])]
    for subject in subjects or ["case"]:
        own = [
            one
            for one in readings(lived.life, name, AS_OF)
            if (one.kind, one.subject) == (kind, subject) and _began(one, line, name)
        ]
        assert len(own) == 1, own
        (one,) = own
        if "due" in line:
            assert one.last_day.isoformat() == line["due"]
        else:
            assert one.due_at == at(line["due_at"])
        if "counted_days" in line:
            assert [day.isoformat() for day in one.why.counted] == line["counted_days"]
        rolled = one.due.rolled_from.isoformat() if one.due.rolled_from else None
        # A task's own date is written down as it stands in the task book, rolled already.
        assert rolled == (None if is_item else line.get("last_day_before_roll"))
        if "done_at" in line:
            assert one.stopped_at == (DONE.get((name, kind)) or at(line["done_at"]))
            assert one.breach is (not line["on_time"])
        assert number is False or one.episode > 1


#: In C2 the unit had done it a day before it asked for the review, which is when it reports here.
DONE = {("C2", "item"): at("2026-07-01T09:00")}


def _began(one, line, name):
    start = at(line["start"])
    # What a reporter does is kept to the hour.
    return one.started_at in (start, start.replace(minute=0))


def test_the_worked_cases_have_one_breach_and_it_is_the_late_sign_for(lived):
    with unit_of_work(lived.session) as own:
        record_breaches(own, AS_OF)
    clock = Event.payload["clock"].astext
    # Whom a step is toward may stay silent: no worked case tells of an answer.
    wanted = select(Event.case_id, clock).where(Event.kind == "breached", clock != "unit_statement")
    rows = lived.session.execute(wanted).all()
    assert rows == [(lived.cases["C3"].id, "sign_for_urgent")]
    assert lived.seen[at("2026-06-16T16:59")] is False
    assert lived.seen[at("2026-06-16T17:01")] is True


@pytest.mark.parametrize("name", ["C1", "C2", "C3"])
def test_a_case_ends_as_it_is_told(lived, name):
    told, own = lived.cases[name].told, lived.cases[name]
    expect, session = told["expect"], lived.session
    case = session.get_one(Case, own.id, populate_existing=True)
    assert (case.finding, case.state) == (Finding.TRUE, State.CLOSED)
    assert case.resolution is Resolution.RECTIFIED
    zone = in_force(session, AS_OF).limits.zone
    assert case.closed_at.astimezone(zone).date().isoformat() == expect["closed_on"]
    arrived, concluded = (
        one.astimezone(zone).date() for one in (case.opened_at, case.concluded_at)
    )
    days = days_of(in_force(session, AS_OF).calendar).between(arrived, concluded)
    assert days == expect["working_days_to_conclude"]
    first = _first_reviews(session, [own.id])
    assert expect["first_pass_hazards"] == f"{sum(first)}/{len(first)}"
    # Score, level and colour of each hazard, from what is stored.
    (_case, scored), *others = scores_of_unit(session, lived.life.city.director, own.unit)
    assert others == []
    inspection = told["inspection"]
    assert scored.score.applicable == inspection["applicable_weight"]
    assert scored.score.earned == Fraction(str(inspection["earned"]))
    assert (scored.score.value, scored.score.grade) == (inspection["score"], inspection["grade"])
    for hazard in told["hazards"]:
        row = session.get_one(Hazard, own.hazards[hazard["id"]])
        risk = select(RiskAssessment).where(RiskAssessment.hazard_id == row.id)
        found = session.scalars(risk).one()
        value = hazard["risk"].get("D", hazard["risk"].get("R"))
        assert (row.level, row.colour) == (hazard["level"], hazard["risk"]["colour"])
        assert (found.value, found.colour) == (value, hazard["risk"]["colour"])
    assert_row_is_replay(session, own.id, *own.merged)


def _first_reviews(session, cases):
    """Whether each task passed its first check."""
    found = {}
    wanted = select(Review).where(Review.case_id.in_(cases)).order_by(Review.reviewed_at)
    for one in session.scalars(wanted):
        found.setdefault(one.item_id, one.passed)
    return list(found.values())


def test_steps_of_the_ladder_stand_on_their_days_with_notice_and_report(lived):
    session, zone = lived.session, in_force(lived.session, AS_OF).limits.zone
    rungs = {"warning": "warn"}
    for case in lived.cases.values():
        steps = {
            str(one.rung): one
            for one in session.scalars(
                select(DisciplinaryStep).where(DisciplinaryStep.case_id == case.id)
            )
        }
        told = {rungs.get(one["step"], one["step"]): one for one in case.told["discipline"]}
        assert steps.keys() == told.keys()
        for rung, one in told.items():
            step, day = steps[rung], step_day(session, steps[rung]).astimezone(zone).date()
            assert day.isoformat() == one["on"]
            if "record_signed_by" in one:
                assert _talk(session, step).signed
        if "interview" in steps:
            notice = worked.deadline(case.told, "interview_notice")
            sent = steps["interview"].ordered_at.astimezone(zone).date()
            assert sent.isoformat() <= notice["latest"]
            assert steps["interview"].meeting_on.isoformat() == notice["before"]


def step_day(session, step):
    talk = _talk(session, step)
    return talk.held_at if talk else step.ordered_at


def _talk(session, step):
    return session.scalar(select(Interview).where(Interview.step_id == step.id))


def test_a_day_earlier_the_notice_of_an_interview_would_come_too_late(lived):
    """C1 over a weekend, C3 over Dragon Boat: a meeting one working day sooner is refused."""
    assert lived.life.refused == {"C1": "meeting_too_soon", "C3": "meeting_too_soon"}


def test_what_was_seen_at_the_moments_of_the_worked_cases(lived):
    seen = lived.seen
    assert seen[at("2026-04-25T12:00")] == [
        (Clock.DONE, "2026-04-17"),
        (Clock.RUNNING, "2026-04-27"),
    ]
    acceptance, conclusion = seen[at("2026-05-08T12:00")]
    assert (acceptance.on_time, acceptance.due, acceptance.reached) == (1, 1, 2)
    assert (conclusion.on_time, conclusion.due, conclusion.reached) == (0, 0, 1)
    state, concluded, open_ = seen[at("2026-06-30T12:00")]
    assert (concluded, open_, state is State.CLOSED) == (True, ["H1"], False)


def test_the_measures_are_those_that_were_reckoned_by_hand(lived):
    session, e = lived.session, EXPECTED
    figures, ids = asked(session, AS_OF), [case.id for case in lived.cases.values()]
    ended = published.ended_by_resolution(figures)
    on_time = published.share_on_time(figures)
    assert published.received(figures) == e["reports_received"]
    assert ended[Resolution.DUPLICATE] == e["duplicates_linked"]
    assert published.received(figures) - ended[Resolution.DUPLICATE] == e["distinct_reports"]
    assert published.accepted(figures).part == e["accepted"]
    for name, stage in (
        ("acceptance_on_time", "acceptance"),
        ("sign_for_on_time", "sign_for"),
        ("first_response_on_time", "first_response"),
        ("conclusion_on_time", "conclusion"),
    ):
        assert on_time[stage] == _share(e[name]), name
    feedback = [r for name in lived.cases for r in readings(lived.life, name, AS_OF)]
    feedback = [one for one in feedback if one.kind == "feedback"]
    assert Share(sum(not r.breach for r in feedback), len(feedback)) == _share(
        e["feedback_on_time"]
    )
    sent = Counter(
        session.scalars(select(Event.kind).where(Event.kind.in_(("dispatched", "returned"))))
    )
    assert sent["dispatched"] == e["dispatches"]
    assert Share(sent["returned"], sent["dispatched"]) == _share(e["returned_dispatches"])
    assert published.returned(figures) == Share(1, 3)
    assert published.found_true(figures)[Finding.TRUE] == _share(e["verified_true"]).part
    counted = hazards_counted(session, ids)
    assert sum(found for found, _ in counted.values()) == e["hazards_found"]
    assert sum(major for _, major in counted.values()) == e["major_hazards"]
    first = _first_reviews(session, ids)
    assert Share(sum(first), len(first)) == _share(e["first_pass_review"])
    happy = published.satisfied(figures)
    assert sum(happy.values()) == e["rated"]
    assert Share(happy[Satisfied.SATISFIED], sum(happy.values())) == _share(e["satisfied_strict"])
    mostly = happy[Satisfied.SATISFIED] + happy[Satisfied.BASICALLY]
    assert Share(mostly, sum(happy.values())) == _share(e["satisfied_or_basically"])
    # Whoever reported the same was answered too, and could have rated: our figure counts them.
    rated, answered = _share(e["rating_response"]).part, _share(e["rating_response"]).whole
    both = figures.counts.share("rated", "answered")
    assert both == Share(rated, answered + e["duplicates_linked"])
    assert published.reopened(figures).part == _share(e["reopened"]).part
    for kind, name in (("extension_asked", "extended"), ("paused", "paused")):
        found = session.scalar(select(func.count()).where(Event.kind == kind))
        assert found == _share(e[name]).part
    days = sorted(case.told["expect"]["working_days_to_conclude"] for case in lived.cases.values())
    assert days[1] == e["median_working_days_to_conclude"]


def _share(text):
    part, _of, whole = text.partition("/")
    return Share(int(part), int(whole))


def test_who_reported_the_same_follows_this_case_and_the_unit_learns_of_nobody(lived):
    city, own = lived.life.city, lived.cases["C3"]
    page = follow_up(lived.session, city.reporter(own.reports[1]), now=AS_OF)
    first = follow_up(lived.session, city.reporter(own.reports[0]), now=AS_OF)
    assert page.case.id == first.case.id == own.id
    assert (page.is_together, page.answer) == (True, first.answer)
    for case in lived.cases.values():
        books = lived.session.scalars(select(TaskBook).where(TaskBook.case_id == case.id))
        for book in books:
            unit = lived.life.unit_actor(SimpleNamespace(task_book_id=book.id))
            shown = str(book_page(lived.session, unit, book.id, now=case_end(lived, case)))
            assert case.told["report"]["text"][:8] not in shown


def case_end(lived, case):
    closed = lived.session.get_one(Case, case.id).closed_at
    return closed - timedelta(minutes=1)


def test_each_reward_is_exact_to_the_yuan_and_to_its_last_day(lived):
    life, session = lived.life, lived.session
    told = TOLD["cases"][1]
    claim = worked.deadline(told, "reward_claim")
    row = life.city.reward(lived.cases["C2"].id)
    assert (row.amount, row.rule) == (told["reward"]["amount"], "major_or_illegal")
    assert row.confirmed_at == at(claim["start"])
    assert row.claim_until.isoformat() == claim["due"]
    said = [str(step) for step, _values in reckoned_of(session, row).steps]
    assert said == ["percent", "employee"]
    for name, code in (("C1", "reward_nobody"), ("C3", "reward_fine_missing")):
        case = lived.cases[name]
        assert case.told["reward"]["payable"] is False
        with pytest.raises((Incomplete, OutOfTurn)) as refused:
            life.move(life.who(case, "lead"), r.ProposeReward, case, **life.reward(case))
        assert code in refused.value.args
