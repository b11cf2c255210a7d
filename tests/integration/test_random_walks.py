"""Random moves by random people over random times: what must hold on every road."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.access.kinds import SYSTEM, Actor, Role
from portal.accounts.models import Person
from portal.accounts.queries import actor_in, group_by_code
from portal.accounts.services import give_role
from portal.cases.kinds import Finding, Priority, Resolution, State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.moves import BY_NAME, MOVES, offers
from portal.cases.models import Case, Objection
from portal.cases.queries import clocks_of, facts_of
from portal.cases.services import move_case
from portal.foundation.errors import NotFound, Refusal
from portal.foundation.transaction import unit_of_work
from portal.history.queries import events_of
from portal.inspections.models import Hazard, Inspection
from portal.presets.queries import in_force
from portal.reports.kinds import Satisfied, Solved
from portal.reports.models import Report
from portal.taskbooks.models import Review, TaskBook, TaskItem
from tests.integration.test_guards_of_sorting import clocks_agree
from tests.integration.test_the_road import assert_row_is_replay
from tests.support import published
from tests.support.city import NOON

STEPS = (
    timedelta(0),
    timedelta(seconds=30),
    timedelta(minutes=7),
    timedelta(minutes=50),
    timedelta(hours=9),
    timedelta(days=1),
    timedelta(days=12),
)
#: Ends and talk, which would keep a walk from getting anywhere.
RARE = {
    *("refuse", "transfer_out", "refer_accident", "recuse", "withdraw", "merge", "split"),
    *("note", "ask", "answer", "add_evidence", "set_aside", "pause", "assign_handler"),
    *("revoke_link", "reassign", "return_dispatch", "ask_return", "take_back", "assess_risk"),
}
RARELY = (True, *[False] * 7)
STAFF = (
    *("dispatcher", "second_dispatcher", "lead", "lead", "member", "second_member"),
    *("other_lead", "supervisor", "supervisor", "director", "inspector_as_supervisor"),
)


class Walk:
    """Two reports, the people around them, and what was seen of them so far."""

    def __init__(self, city, session, pick):
        self.city, self.session, self.pick = city, session, pick
        self.now = NOON
        filed = [city.file(now=NOON), city.file(now=NOON)]
        self.cases = [one.case_id for one in filed]
        self.reports = [one.report_id for one in filed]
        self.breaches, self.answered, self.done = set(), set(), []

    def people(self, case):
        yield from (self.city.actors[name] for name in STAFF)
        yield from (self.city.reporter(one) for one in self.reports)
        for book in case.task_books:
            yield Actor(role=Role.UNIT, task_book_id=book.id)

    def step(self):
        """Let somebody try something; returns the name of the move that went through."""
        self.now += self.pick(STEPS)
        self.session.expire_all()
        case = self.session.get_one(Case, self.pick(self.cases))
        if self.pick((True, True, False)):
            move, actor = self.pick(self.natural(case))
        else:
            actor = self.pick(list(self.people(case)))
            move = self.offered(case, actor)
        if move is None:
            return None
        fields = {"case_id": case.id, "seen": case.version} | self.fields(move.name, case, actor)
        self.session.rollback()
        try:
            with unit_of_work(self.session()) as own:
                moved = move_case(own, actor, move.command(**fields), now=self.now)
                self.check_rectified(own, moved)
                answered = select(Report.id).where(Report.answered_at.is_not(None))
                self.answered.update(own.scalars(answered))
        except Refusal:
            return None
        self.cases += [
            found
            for found in self.session.scalars(select(Case.id).where(Case.split_from == case.id))
            if found not in self.cases
        ]
        self.done.append(move.name)
        return move.name

    def offered(self, case, actor):
        """Pick a move that is open to the person, and now and then any at all."""
        if self.pick(RARELY):
            return self.pick(MOVES)
        facts = facts_of(self.session(), case, actor, now=self.now)
        open_ = [offer.move for offer in offers(actor, facts) if offer.is_open]
        moves = [move for move in open_ if move.name not in RARE or self.pick(RARELY)] or open_
        return self.pick(moves) if moves else None

    def natural(self, case):
        """Return what people would do next, so that walks get to the end of the road."""
        city = self.city
        facts = facts_of(self.session(), case, city.lead, now=self.now)
        units = [Actor(role=Role.UNIT, task_book_id=book.id) for book in case.task_books]
        treated = {item.hazard_id for item in facts.live_items}
        fresh = [one for one in facts.hazards if one.episode == case.reopen_count]
        ending = "close" if case.concluded_at else "conclude" if case.verified_at else "verify"
        at_work = [(ending, city.lead), ("answer", city.lead)]
        if case.state is State.IN_HAND and not fresh:
            at_work = [("inspect", city.member), at_work[0]]
        elif any(one.id not in treated for one in fresh):
            at_work = [("issue_task_book", city.member)]
        by_state = {
            State.RECEIVED: [("dispatch" if case.accepted_at else "accept", city.dispatcher)],
            State.ASSIGNED: [("sign_for", city.lead), ("sign_for", city.supervisor)],
            State.IN_HAND: at_work,
            State.RECTIFYING: [("report_item_done", unit) for unit in units] + at_work[:1],
            State.REVIEWING: at_work,
            State.CLOSED: [("note", city.director)] * 4 + [("reopen", city.director)],
        }
        if facts.reported_items:
            by_state[State.REVIEWING] = [
                ("pass_review", city.supervisor),
                ("pass_review", city.supervisor),
                ("pass_review", city.inspector_as_supervisor),
                at_work[0],
            ]
        self.session.rollback()
        return [(BY_NAME[name], actor) for name, actor in by_state[case.state]]

    def one_of(self, model, case, column=None):
        rows = self.session.scalars(select(model).where(model.case_id == case.id)).all()
        found = [getattr(row, column or "id") for row in rows]
        return self.pick(found) if found else None

    def fields(self, name, case, actor):
        """Fill a command with values that may do."""
        pick, city = self.pick, self.city
        report = pick([r.id for r in case.reports] or self.reports)
        day = self.now.date() + timedelta(days=pick((1, 3, 10)))
        item = self.one_of(TaskItem, case)
        book = actor.task_book_id or self.one_of(TaskBook, case)
        who = {"name": "张", "post": "厂长"}
        group = city.group(pick(("insp-fire", "insp-fire", "insp-industry", "sup-wujin")))
        people = [city.member, city.second_member, city.lead, city.supervisor]
        hazards = [one for one in self.session.scalars(self.hazards(case))]
        return {
            "accept": lambda: {
                "kind": "hazard",
                "category": "fire.exit_blocked",
                "jurisdiction": "320412",
            },
            "dispatch": lambda: {
                "group_id": group,
                "priority": pick(list(Priority)),
                "suspected_major": pick((True, False)),
                "reason": "试",
            },
            "refuse": lambda: {"reason_code": "not_work_safety", "explanation": "别处"},
            "transfer_out": lambda: hand_over("hotline_12345"),
            "refer_accident": lambda: hand_over("police"),
            "merge": lambda: {"into_id": pick(self.cases)},
            "split": lambda: pick(({"report_id": report}, {"part": "另一处"})),
            "set_aside": lambda: {"until": pick((None, day)), "reason": "等"},
            "return_dispatch": lambda: {"reason": "不归"},
            "ask_return": lambda: {"reason": "不归"},
            "decide_return": lambda: {"upheld": pick((True, False)), "reason": "因为"},
            "reassign": lambda: {"group_id": group, "reason": "专业"},
            "assign_handler": lambda: {"account_id": pick(people).account_id},
            "inspect": lambda: {
                "visited_at": self.now - pick(STEPS),
                "inspectors": (city.member.person_id, pick(people).person_id),
                "finding": "查了",
                "hazards": tuple(
                    c.FoundHazard(description="隐患", fixed_on_spot=pick((True, False)))
                    for _ in range(pick((0, 1, 2)))
                ),
            },
            "assess_risk": lambda: {
                "hazard_id": pick([h.id for h in hazards] or [None]),
                "method": "matrix",
                "inputs": (("L", 3), ("S", 4)),
                "reason": "判断",
            },
            "issue_task_book": lambda: {
                "unit_id": city.some_unit,
                "items": tuple(
                    c.NewItem(
                        hazard_id=hazard.id,
                        task="改",
                        responsible="厂长",
                        due_on=day,
                        done=hazard.on_spot and pick((True, False)),
                    )
                    for hazard in hazards
                ),
            },
            "sign_task_book": lambda: {"task_book_id": book, **who},
            "report_item_done": lambda: {"item_id": item, "statement": "好了", **who},
            "withdraw_item": lambda: {"item_id": item, "reason": "有误"},
            "pass_review": lambda: {"item_id": item, "opinion": "看过"},
            "fail_review": lambda: {"item_id": item, "opinion": "没改", "new_due_on": day},
            "verify": lambda: {
                "finding": pick((Finding.TRUE, Finding.TRUE, *Finding)),
                "reason": "现场看了",
            },
            "conclude": lambda: {
                "answers": tuple((r.id, "答复") for r in case.reports if pick((True, True, False)))
            },
            "close": lambda: {"lesson_considered": True, "reason": "没有隐患了"},
            "object": lambda: {"body": "不同意", "task_book_id": actor.task_book_id},
            "decide_objection": lambda: {
                "objection_id": self.one_of(Objection, case),
                "upheld": pick((True, False)),
                "reason": "因为",
            },
            "reopen": lambda: {
                "ground": pick(("upheld_objection", "audit_finding", "new_evidence")),
                "reason": "新情况",
            },
            "pause": lambda: {"reason_code": "force_majeure", "reason": "台风"},
            "ask": lambda: {"report_id": report, "body": "请问"},
            "answer": lambda: {"report_id": report, "body": "在查"},
            "add_evidence": lambda: {"files": ({"id": "x"},), "report_id": actor.report_id},
            "rate": lambda: {"solved": pick(list(Solved)), "satisfied": pick(list(Satisfied))},
            "note": lambda: {"body": "记"},
            "recuse": lambda: {"reason": "熟人"},
            "revoke_link": lambda: {"task_book_id": book, "reason": "错发"},
            "breach": lambda: {
                "clock": "chain",
                "subject": "case",
                "episode": 1,
                "due_at": self.now,
            },
        }.get(name, dict)()

    @staticmethod
    def hazards(case):
        return select(Hazard).where(Hazard.case_id == case.id)

    def check_rectified(self, session, case):
        """By the rows alone: every task passed by a person who neither visited nor ordered."""
        if case.state is not State.CLOSED or case.resolution is not Resolution.RECTIFIED:
            return
        visits = session.scalars(select(Inspection).where(Inspection.case_id == case.id)).all()
        visited = {person for visit in visits for person in visit.inspectors}
        items = session.execute(
            select(TaskItem, TaskBook.issued_by)
            .join(TaskBook, TaskBook.id == TaskItem.task_book_id)
            .where(
                TaskItem.case_id == case.id,
                TaskBook.episode == case.reopen_count,
                TaskItem.state != "withdrawn",
            )
        ).all()
        assert items
        for item, ordered_by in items:
            reviews = session.scalars(select(Review).where(Review.item_id == item.id)).all()
            passed = [review.reviewer for review in reviews if review.passed]
            assert passed
            assert not set(passed) & (visited | {ordered_by})
            assert {session.get_one(Person, person).id for person in passed} == set(passed)

    def record_breaches(self):
        """Let the timer write down what is late, as the job does; it moves nothing."""
        for case_id in self.cases:
            self.session.expire_all()
            case = self.session.get_one(Case, case_id)
            for reading in self.readings(case):
                key = (case_id, reading.kind, reading.subject, reading.episode)
                if reading.breach and reading.due_at and key not in self.breaches:
                    before = case.state
                    late = {
                        "clock": reading.kind,
                        "subject": reading.subject,
                        "episode": reading.episode,
                        "due_at": reading.due_at,
                    }
                    self.city.move(SYSTEM, c.Breach, case_id, now=self.now, **late)
                    self.session.expire_all()
                    assert self.session.get_one(Case, case_id).state is before
                    self.breaches.add(key)

    def readings(self, case):
        return clocks_of(self.session(), case, in_force(self.session(), self.now), as_of=self.now)

    def check_clocks(self):
        self.session.expire_all()
        for case_id in self.cases:
            case = self.session.get_one(Case, case_id)
            found = self.readings(case)
            late = {(case_id, r.kind, r.subject, r.episode) for r in found if r.breach}
            mine = {key for key in self.breaches if key[0] == case_id}
            assert mine <= late, "a breach disappeared"
            chains = [r for r in found if r.kind == "chain"]
            for report in case.reports:
                first = [r for r in chains if r.subject == str(report.id) and r.episode == 1]
                assert len(first) == 1, "a report without its chain clock"
                assert first[0].started_at == report.filed_at
                assert first[0].due_at is None
                if first[0].stopped_at is not None:
                    where = (case_id, [str(e.kind) for e in events_of(self.session(), case_id)])
                    assert report.id in self.answered, where

    def check_end(self):
        legal = published.legal_steps()
        for case_id in self.cases:
            others = [one for one in self.cases if one != case_id]
            assert_row_is_replay(self.session, case_id, *others)
            clocks_agree(self.session, case_id, now=self.now)
            for number, event in enumerate(events_of(self.session(), case_id), start=1):
                assert event.case_version == number
                step = (str(event.kind), event.from_state, event.to_state)
                if event.from_state is None:
                    assert (number, event.to_state) == (1, "received")
                elif event.kind == "split" and event.from_state == "closed":
                    assert "from" in event.payload  # a merge undone
                elif event.kind == "merged" and "from" in event.payload:
                    assert event.from_state == event.to_state
                else:
                    assert step in legal, step


def hand_over(office):
    return {"office": office, "handover": "公函", "explanation": "转办"}


@pytest.fixture
def crowd(city, session):
    """The cast, and one inspector with a second account as lead of the supervision group."""
    with unit_of_work(session()) as own:
        person = own.get_one(Person, city.member.person_id)
        from uuid import uuid4

        from portal.accounts.models import Account

        first = own.get_one(Account, city.member.account_id)
        copied = {
            column.name: getattr(first, column.name)
            for column in Account.__table__.columns
            if column.name not in ("id", "email", "fs_uniquifier")
        }
        second = Account(**copied, id=uuid4(), email="again@example.org", fs_uniquifier="again")
        own.add(second)
        own.flush()
        group = group_by_code(own, "sup-wujin")
        since = {"starts_on": date(2026, 1, 1), "now": NOON}
        membership = give_role(own, SYSTEM, second, Role.LEAD, group=group, **since)
        actor = actor_in(second, membership)
        assert actor.person_id == person.id
        city.actors["inspector_as_supervisor"] = actor
    city.some_unit = city.unit()
    return city


WALKS = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.promise(5)
@pytest.mark.promise(3)
@pytest.mark.trap(18)
@pytest.mark.trap(9)
def test_what_must_hold_on_every_road_holds_on_random_ones(crowd, session):
    reached, ends = set(), set()

    @WALKS
    @given(st.randoms(use_true_random=True))
    def walk(random):
        road = Walk(crowd, session, lambda options: random.choice(list(options)))
        for number in range(45):
            if road.step() and number % 6 == 5:
                road.record_breaches()
                road.check_clocks()
        road.record_breaches()
        road.check_clocks()
        road.check_end()
        reached.update(road.done)
        ends.update(session.get_one(Case, one).resolution for one in road.cases)

    walk()
    assert {"accept", "dispatch", "sign_for", "inspect", "issue_task_book", "close"} <= reached
    assert len(reached) > 20, sorted(reached)
    assert Resolution.RECTIFIED in ends


@pytest.mark.trap(18)
def test_no_account_of_the_inspector_reviews_what_the_inspector_saw(crowd, session):
    filed = crowd.in_hand()
    book = crowd.book(filed.case_id, crowd.inspected(filed.case_id))
    item = crowd.items(filed.case_id)[0].id
    done = {"item_id": item, "name": "张", "post": "厂长", "statement": "好了"}
    unit = Actor(role=Role.UNIT, task_book_id=book.id)
    crowd.move(unit, c.ReportItemDone, filed.case_id, **done)
    for command, more in (
        (c.PassReview, {}),
        (c.FailReview, {"new_due_on": date(2026, 12, 1)}),
    ):
        review = {"item_id": item, "opinion": "看过", **more}
        for name in ("member", "second_member", "inspector_as_supervisor"):
            with pytest.raises(Refusal) as error:
                crowd.move(crowd.actors[name], command, filed.case_id, **review)
            assert "own_work" in str(error.value)
    crowd.move(crowd.supervisor, c.PassReview, filed.case_id, item_id=item, opinion="看过")
    with pytest.raises(NotFound):
        crowd.move(crowd.supervisor_elsewhere, c.Note, filed.case_id, body="x")
