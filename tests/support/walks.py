"""People who walk two cases along the road by chance, and what must hold after each step."""

from datetime import timedelta
from random import Random

from sqlalchemy import select

from portal.access.kinds import SYSTEM, Actor, Role
from portal.cases.kinds import OFFICE_SAID, Finding, Priority, Resolution, State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import step_commands as s
from portal.cases.lifecycle.gate import offers
from portal.cases.lifecycle.moves import BY_NAME, MOVES
from portal.cases.models import Case, Extension, Objection
from portal.cases.queries import clocks_of, facts_of
from portal.cases.services import move_case
from portal.discipline.kinds import End
from portal.discipline.models import DisciplinaryStep, InterviewCommitment, Listing
from portal.foundation.errors import Refusal
from portal.foundation.transaction import unit_of_work
from portal.history.queries import events_of
from portal.inspections.kinds import Level
from portal.inspections.models import Hazard
from portal.presets.queries import in_force
from portal.reports.kinds import Contacted, Satisfied, Solved
from portal.reports.models import Report
from portal.rewards.lifecycle import Measure
from portal.rewards.models import Reward
from portal.taskbooks.models import TaskBook, TaskItem
from tests.integration.test_the_road import assert_row_is_replay
from tests.support import published
from tests.support.city import NOON, OF_MAJOR
from tests.support.refusals import clocks_agree

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
    *(
        "note",
        "ask",
        "answer",
        "add_evidence",
        "set_aside",
        "change_lane",
        "pause",
        "assign_handler",
    ),
    *("propose_step", "order_step", "answer_step", "end_step", "revoke_step_link"),
    *("hold_interview", "settle_commitment", "take_evidence"),
    *("revoke_link", "reassign", "return_dispatch", "ask_return", "take_back", "assess_risk"),
}
RARELY = (True, *[False] * 7)
STAFF = (
    *("dispatcher", "second_dispatcher", "lead", "lead", "member", "second_member"),
    *("other_lead", "supervisor", "supervisor", "director", "inspector_as_supervisor"),
)


class Walk:
    """Two reports, the people around them, and what was seen of them so far."""

    def __init__(self, city, session):
        self.city, self.session, self.random = city, session, Random(0)  # noqa: S311
        self.now = NOON
        filed = [city.file(now=NOON), city.file(now=NOON)]
        self.cases = [one.case_id for one in filed]
        self.reports = [one.report_id for one in filed]
        self.first, self.report = self.cases[0], self.reports[0]
        #: What was seen late, and what the timer has written down of it.
        self.late, self.recorded = set(), set()
        #: When each report was answered, by its row, each time anew.
        self.answers = {report: [] for report in self.reports}
        self.touched = set(self.cases)

    def pick(self, options):
        return self.random.choice(list(options))

    # The stages at which walks begin: the first case has come so far.

    def to_in_hand(self):
        self.city.accepted(self.first, now=self.now)
        self.city.dispatched(self.first, now=self.now)
        self.city.move(self.city.lead, c.SignFor, self.first, now=self.now)

    def to_late(self):
        self.to_in_hand()
        self.now += timedelta(days=90)

    def to_ordered(self):
        self.to_in_hand()
        hazards = self.city.inspected(self.first, hazards=2, now=self.now)
        return self.city.book(self.first, hazards, now=self.now)

    def to_reported(self):
        unit = Actor(role=Role.UNIT, task_book_id=self.to_ordered().id)
        for item in self.city.items(self.first):
            done = {"item_id": item.id, "statement": "好了", "name": "张", "post": "厂长"}
            self.city.move(unit, c.ReportItemDone, self.first, now=self.now, **done)
        self.answer(Finding.TRUE)

    def to_put_right(self):
        self.to_reported()
        for item in self.city.items(self.first):
            passed = {"item_id": item.id, "opinion": "看过"}
            self.city.move(self.city.supervisor, c.PassReview, self.first, now=self.now, **passed)
        self.city.move(self.city.lead, c.Close, self.first, now=self.now, lesson_considered=True)

    def to_answered(self, finding):
        self.to_in_hand()
        self.answer(finding)

    def answer(self, finding):
        lead, answers = self.city.lead, ((self.report, "答复"),)
        self.city.move(lead, c.Verify, self.first, finding=finding, reason="看了", now=self.now)
        # Not in the same moment: knowing is not answering.
        self.now += timedelta(days=1)
        self.city.move(lead, c.Conclude, self.first, answers=answers, now=self.now)
        self.note_answers()

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
                move_case(own, actor, move.command(**fields), now=self.now)
        except Refusal:
            return None
        self.cases += [
            found
            for found in self.session.scalars(select(Case.id).where(Case.split_from == case.id))
            if found not in self.cases
        ]
        self.touched |= {case.id, *(({fields.get("into_id")} - {None}) & set(self.cases))}
        self.note_answers()
        return move.name

    def note_answers(self):
        rows = select(Report.id, Report.answered_at).where(Report.id.in_(self.reports))
        for report, at in self.session.execute(rows):
            known = self.answers[report]
            if at is not None and at not in known[-1:]:
                known.append(at)

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
            "record_reply": lambda: {"said": pick(tuple(OFFICE_SAID)), "reply": "已收"},
            "merge": lambda: {"into_id": pick(self.cases)},
            "split": lambda: pick(({"report_id": report}, {"part": "另一处"})),
            "set_aside": lambda: {"until": pick((None, day)), "reason": "等"},
            "change_lane": lambda: {"slow": pick((True, False))},
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
                        **OF_MAJOR,
                        done=hazard.on_spot and pick((True, False)),
                    )
                    for hazard in hazards
                ),
            },
            "sign_task_book": lambda: {"task_book_id": book, **who},
            "report_item_done": lambda: {"item_id": item, "statement": "好了", **who},
            "withdraw_item": lambda: {"item_id": item, "reason": "有误"},
            "decide_level": lambda: {
                "hazard_id": pick([h.id for h in hazards] or [None]),
                "level": pick(list(Level)),
                "criterion": "标准第六条",
                "panel": (city.lead.person_id, city.member.person_id),
                "reason": "住人",
            },
            "supplement_task": lambda: {"item_id": item, **OF_MAJOR},
            "sign_check": lambda: {"item_id": item, "opinion": "看过", "on_site": True},
            "report_interim": lambda: {"item_id": item, "statement": "没人住了", **who},
            "ask_extension": lambda: {
                "item_id": item if actor.role is Role.UNIT else None,
                "new_due_on": day,
                "days": pick((1, 10, 40)),
                "reason": "没到货",
                "plan": "下周装",
                **who,
            },
            "decide_extension": lambda: {
                "extension_id": self.one_of(Extension, case),
                "granted": pick((True, True, False)),
                "new_due_on": day,
                "days": pick((1, 10)),
                "reason": "因为",
            },
            "pass_review": lambda: {
                "item_id": item,
                "opinion": "看过",
                "on_site": pick((True, False)),
            },
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
            "rate": lambda: {
                "contacted": pick(list(Contacted)),
                "solved": pick(list(Solved)),
                "satisfied": pick(list(Satisfied)),
            },
            "note": lambda: {"body": "记"},
            "recuse": lambda: {"reason": "熟人"},
            "revoke_link": lambda: {"task_book_id": book, "reason": "错发"},
            "propose_step": lambda: self.said(),
            "order_step": lambda: {"step_id": None, **self.said(), "skip_reason": "急"},
            "answer_step": lambda: {
                "step_id": self.one_of(DisciplinaryStep, case),
                "body": "已改",
                "arrived_on": self.now.date(),
                **who,
            },
            "end_step": lambda: {
                "step_id": self.one_of(DisciplinaryStep, case),
                "end": pick(list(End)),
                "effect": "已改",
            },
            "revoke_step_link": lambda: {
                "step_id": self.one_of(DisciplinaryStep, case),
                "reason": "错发",
            },
            "hold_interview": lambda: {
                "step_id": self.one_of(DisciplinaryStep, case),
                **dict.fromkeys(("held_at", "until_at"), self.now),
                **dict.fromkeys(("place", "people", "record"), "谈"),
                **dict.fromkeys(("basis", "statement", "demands"), "谈"),
                "signed": True,
                "commitments": (s.Promised(words="改", due_on=day),),
            },
            "settle_commitment": lambda: {
                "commitment_id": self.one_of(InterviewCommitment, case),
                "kept": pick((True, False)),
                "reason": "看过",
            },
            "take_evidence": lambda: {
                "step_id": self.one_of(DisciplinaryStep, case),
                "whole": pick((True, False)),
            },
            "accept_work": lambda: {
                "listing_id": self.one_of(Listing, case),
                **dict.fromkeys(("body", "people", "opinion"), "验收组"),
                "accepted_on": self.now.date(),
                "passed": pick((True, False)),
            },
            "ask_delisting": lambda: {"listing_id": self.one_of(Listing, case), "proof": "照片"},
            "decide_delisting": lambda: {
                "listing_id": self.one_of(Listing, case),
                "granted": pick((True, False)),
                "reason": "已整改",
            },
            "release_files": lambda: {"files": ()},
            "propose_reward": lambda: {
                "rule": "violation",
                "measure": Measure(fine_fen=1_000_000),
                "among": tuple(one.id for one in case.reports),
                "reason": "处罚决定书",
            },
            "approve_reward": lambda: {"reward_id": self.one_of(Reward, case)},
            "end_reward": lambda: {"reward_id": self.one_of(Reward, case), "reason": "不对"},
            "deny_reward": lambda: {"report_id": report, "why_not": "in_court"},
            "lapse_reward": lambda: {"reward_id": self.one_of(Reward, case)},
            "breach": lambda: {
                "clock": "chain",
                "subject": "case",
                "episode": 1,
                "due_at": self.now,
            },
        }.get(name, dict)()

    def said(self):
        """What a step of the ladder says; its grounds are seldom so."""
        rung = self.pick(("remind", "urge", "warn"))
        ground = self.pick(("overdue", "failed", "refused"))
        return {"rung": rung, "link": "district", "grounds": (ground,), "reason": "催"}

    @staticmethod
    def hazards(case):
        return select(Hazard).where(Hazard.case_id == case.id)

    def record_breaches(self):
        """Let the timer write down what is late, as the job does; it moves nothing."""
        for case_id in self.cases:
            self.session.expire_all()
            case = self.session.get_one(Case, case_id)
            for reading in self.readings(case):
                key = (case_id, reading.kind, reading.subject, reading.episode)
                if reading.breach and reading.due_at and key not in self.recorded:
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
                    self.recorded.add(key)
            self.touched.add(case_id)

    def readings(self, case):
        return clocks_of(self.session(), case, in_force(self.session(), self.now), as_of=self.now)

    # What must hold

    def check(self, *, whole=False):
        """Look at the cases that moved since the last look, or at all of them."""
        for case_id in self.cases if whole else [one for one in self.cases if one in self.touched]:
            self.session.expire_all()
            others = [one for one in self.cases if one != case_id]
            assert_row_is_replay(self.session, case_id, *others)
            events = events_of(self.session(), case_id)
            self.only_declared_moves(events)
            self.rectified_by_third_people(self.session.get_one(Case, case_id), events)
            self.clocks_hold(case_id)
            if whole:
                clocks_agree(self.session, case_id, now=self.now)
        self.touched = set()

    @staticmethod
    def only_declared_moves(events):
        legal, rules = published.legal_steps(), published.rules()
        names = {event: f"case.{name}" for name, _, _, event in published.MOVES}
        for number, event in enumerate(events, start=1):
            assert event.case_version == number
            step = (str(event.kind), event.from_state, event.to_state)
            if event.from_state is None:
                assert (number, event.to_state) == (1, "received")
                continue
            assert (str(event.role), names[str(event.kind)]) in rules, event
            if event.kind == "split" and event.from_state == "closed":
                assert "from" in event.payload  # a merge undone
            elif event.kind == "merged" and "from" in event.payload:
                assert event.from_state == event.to_state
            else:
                assert step in legal, step

    @staticmethod
    def rectified_by_third_people(case, events):
        """By the history alone: each task was passed by a person who had neither visited before
        nor ordered it, and no hazard of the last episode is without such a task.
        """
        visited, ordered, hazard_of, passed, bare = set(), {}, {}, set(), set()
        for event in events:
            rows = event.payload.get("rows", {})
            if event.kind == "reopened":
                hazard_of, passed, bare = {}, set(), set()
            for visit in rows.get("inspections", {}).values():
                visited |= set(visit["inspectors"])
            bare |= set(rows.get("hazards", {})) if event.kind == "inspected" else set()
            for book in rows.get("task_books", {}).values():
                by = book.get("issued_by")
                items = rows.get("task_items", {}) if event.kind == "task_book_issued" else {}
                ordered |= dict.fromkeys(items, by)
                hazard_of |= {item: row["hazard_id"] for item, row in items.items()}
            for review in rows.get("reviews", {}).values():
                person, item = review["reviewer"], review["item_id"]
                assert person == str(event.person_id)
                assert person not in visited, "who visited checked"
                assert person != ordered[item], "who ordered checked"
                passed |= {item} if review["passed"] else set()
            if event.kind == "item_withdrawn":
                for item in rows["task_items"]:
                    del hazard_of[item]
        if case.resolution is Resolution.RECTIFIED:
            assert hazard_of
            assert set(hazard_of) <= passed, "closed as put right with a task nobody passed"
            assert bare <= set(hazard_of.values()), "a hazard without a task"

    def clocks_hold(self, case_id):
        case = self.session.get_one(Case, case_id)
        found = self.readings(case)
        late = {(case_id, r.kind, r.subject, r.episode) for r in found if r.breach}
        assert {key for key in self.late if key[0] == case_id} <= late, "a breach disappeared"
        self.late |= late
        chains = [r for r in found if r.kind == "chain"]
        for report in case.reports:
            mine = [r for r in chains if r.subject == str(report.id)]
            assert [r.episode for r in mine] == list(range(1, len(mine) + 1))
            assert mine, "a report without its chain clock"
            assert mine[0].started_at == report.filed_at
            stops = [r.stopped_at for r in mine if r.stopped_at is not None]
            assert all(r.due_at is None and not r.pauses for r in mine)
            assert set(stops) <= set(self.answers[report.id]), "stopped before the answer"


def hand_over(office):
    return {"office": office, "handover": "公函", "explanation": "转办"}
