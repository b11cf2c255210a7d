"""The worked cases of the field as a portal lives them: their events by the moves of our road.

`KINDS` says for each of the 38 kinds of event what it becomes here and which events it leaves in
the case; `ADDED` what a worked case leaves out and our road asks for. Nothing else is made up.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from portal.access.kinds import Actor, Role
from portal.accounts.queries import actor_in, group_by_code
from portal.accounts.services import add_person, give_role
from portal.cases.kinds import Finding, Priority
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import reward_commands as r
from portal.cases.lifecycle import step_commands as s
from portal.clocks.days import days_of
from portal.discipline.models import DisciplinaryStep, InterviewCommitment, Listing
from portal.foundation.transaction import unit_of_work
from portal.history.queries import events_of
from portal.inspections.kinds import Level, Method, Result, Side
from portal.inspections.lifecycle import Answered, Checked, Signature
from portal.inspections.models import Hazard
from portal.presets.checklists import checklist
from portal.presets.contents import copy_of
from portal.presets.queries import in_force
from portal.reports.kinds import Contacted, Satisfied, Solved
from portal.rewards.lifecycle import Measure
from portal.sealing.services import register
from portal.taskbooks.models import TaskItem
from portal.units.kinds import Link
from portal.units.services import Named, UnitFields, add_unit, name_post
from tests.support import files
from tests.support.city import OF_MAJOR, City
from tests.support.clocks import at, domain
from tests.support.refusals import refusal

#: What a kind of event becomes: moves of the road, phases of a step of the ladder, or a note that
#: names it by its code.
MOVE, STEP, NOTE, PART = "move", "phase of a step", "coded note", "part of another"


@dataclass(frozen=True)
class Kind:
    """What a kind of event of the worked cases becomes, and the events that it leaves."""

    becomes: str
    leaves: str = ""
    #: Where it is not what its name says.
    why: str = ""


#: Events of the case in their order; one in brackets is left once for each hazard named.
KINDS: Mapping[str, Kind] = {
    "submit": Kind(MOVE, "filed", "by telephone nothing is in the portal until it is registered"),
    "register": Kind(MOVE, "filed", "a desk takes down what was said, with the hour of the call"),
    "duplicate_report": Kind(MOVE, "merged", "a report of its own, merged by the desk"),
    "accept": Kind(MOVE, "accepted"),
    "dispatch": Kind(MOVE, "dispatched"),
    "return_request": Kind(MOVE, "returned", "a first return needs no ruling (DESIGN §4)"),
    "return_approved": Kind(NOTE, "noted", "the ruling on what came back already"),
    "sign_for": Kind(MOVE, "signed_for"),
    "first_response": Kind(MOVE, "answered"),
    "on_site": Kind(MOVE, "inspected"),
    "order_on_spot": Kind(PART, "", "said on the spot; it stands in the record and in the order"),
    "rectify_on_spot": Kind(MOVE, "inspected", "the record is written as the inspectors leave"),
    "verify": Kind(MOVE, "verified"),
    "decide_level": Kind(MOVE, "level_decided"),
    "order": Kind(MOVE, "task_book_issued", "a stop-work order is a task book with a note"),
    "rectified": Kind(NOTE, "noted", "done, not reported yet: the review is asked for later"),
    "request_review": Kind(MOVE, "(item_reported)"),
    "review": Kind(MOVE, "(review)", "of a major hazard also the first of two signatures"),
    "feedback": Kind(MOVE, "concluded"),
    "rating": Kind(MOVE, "rated"),
    "follow_up": Kind(MOVE, "rated", "the desk enters by the slip's code what was said"),
    "close": Kind(MOVE, "closed"),
    "interview_notice": Kind(STEP, "step_ordered"),
    "interview": Kind(STEP, "interview_held"),
    "interview_report": Kind(STEP, "commitment_settled step_ended"),
    "notify_criticism": Kind(STEP, "step_ordered"),
    "warning_letter": Kind(STEP, "step_ordered"),
    "list_for_supervision": Kind(STEP, "step_ordered"),
    # A case has no record of a penalty of its own.
    "penalty_case_filed": Kind(NOTE, "noted"),
    "penalty_decided": Kind(NOTE, "noted"),
    "penalty_published": Kind(NOTE, "noted"),
    "rectification_plan": Kind(NOTE, "noted"),
    "listing_published": Kind(PART, "", "the list is public from the order on"),
    "delist": Kind(MOVE, "delisting_asked delisting_decided"),
    "delisting_published": Kind(PART, "", "the list says so from the decision on"),
    "resume_approved": Kind(NOTE, "noted", "the stop of work is lifted"),
    "retaliation_check": Kind(NOTE, "noted", "by a person; the portal asks by itself from day 30"),
    "reward_notice": Kind(MOVE, "reward_proposed reward_approved reward_approved"),
    # not in the worked cases: what our road asks for besides
    "inspect": Kind(MOVE, "inspected"),
    "assess": Kind(MOVE, "(risk_assessed)"),
    "protect": Kind(MOVE, "interim_reported"),
    "accept_work": Kind(MOVE, "work_accepted"),
}
#: What a worked case leaves out, by case, with the reason.
ADDED: Mapping[str, list[dict[str, Any]]] = {
    "C1": [
        {"at": "2026-04-02T17:45", "do": "assess", "why": "the risks are given, not their hour"},
        {
            "at": "2026-04-03T10:00",
            "do": "review",
            "results": {"H1": "pass"},
            "why": "it counts as passed at first review, for which no event stands",
        },
        {"at": "2026-04-07T18:00", "do": "protect", "hazards": ["H2"], "why": "the dormitory"},
        {
            "at": "2026-04-27T09:30",
            "do": "request_review",
            "hazards": ["H5"],
            "why": "after a failed review the unit reports anew before the next one",
        },
    ],
    "C2": [
        {"at": "2026-05-07T15:00", "do": "inspect", "why": "the score needs a record"},
        {"at": "2026-05-07T15:45", "do": "assess", "why": "as in C1"},
        {
            "at": "2026-05-07T16:00",
            "do": "decide_level",
            "hazard": "H1",
            "level": "major",
            "criterion": "安监总管三〔2017〕121号 第十二项",
            "why": "major by its criterion, for which named people decide here",
        },
        {"at": "2026-05-07T18:00", "do": "protect", "hazards": ["H1"], "why": "store not used"},
        {
            "at": "2026-07-06T14:00",
            "do": "accept_work",
            "why": "no listed hazard is struck off before another body has accepted the work",
        },
    ],
    "C3": [
        {"at": "2026-06-17T16:10", "do": "assess", "why": "as in C1"},
        {
            "at": "2026-06-17T16:20",
            "do": "decide_level",
            "hazard": "H1",
            "level": "major",
            "criterion": "房屋市政工程判定标准2024版 脚手架（二）",
            "why": "as in C2",
        },
        {"at": "2026-06-17T18:00", "do": "protect", "hazards": ["H1"], "why": "work stopped"},
        {
            "at": "2026-07-02T15:00",
            "do": "request_review",
            "hazards": ["H1"],
            "why": "as in C1",
        },
    ],
}
GROUPS = {
    "武进区督导组": "sup-wujin",
    "新北区督导组": "sup-xinbei",
    "第二检查组（建设）": "insp-construction",
    "第三检查组（工贸）": "insp-industry",
}
#: Of each group: its lead, two who inspect, and one who had no part and checks.
PLACES = {"lead": Role.LEAD, "one": Role.MEMBER, "two": Role.MEMBER, "checker": Role.MEMBER}
DESK_CHANNELS = {"hotline_12345"}
SATISFIED = {"satisfied": Satisfied.SATISFIED, "basically_satisfied": Satisfied.BASICALLY}
WHO = {"name": "钱立", "post": "厂长"}
GROUND = {"grounds": ("major",), "reason": "重大隐患，限期整改", "skip_reason": "重大隐患"}


@dataclass
class Case:
    """One worked case under way."""

    told: Mapping[str, Any]
    id: UUID | None = None
    reports: list[UUID] = field(default_factory=list)
    #: Cases of the same matter that were merged in.
    merged: list[UUID] = field(default_factory=list)
    unit: UUID | None = None
    group: str = ""
    steps: dict[str, UUID] = field(default_factory=dict)
    #: Hazard of the worked case → ours.
    hazards: dict[str, UUID] = field(default_factory=dict)


@dataclass
class Life:
    """The worked cases in one city, event by event in the order of time."""

    city: City
    cases: dict[str, Case]
    #: What each event left, where it was another thing than `KINDS` says.
    wrong: list[str] = field(default_factory=list)
    #: Why an interview a working day sooner was refused, by case.
    refused: dict[str, str] = field(default_factory=dict)
    now: datetime = at("2026-03-31T09:00")

    # who acts

    def people(self) -> None:
        """Let each group of the worked cases have its lead, two inspectors and a checker."""
        session = self.city.session
        with unit_of_work(session) as own:
            for number, (custodian, _secret) in enumerate(files.custodians(2)):
                register(own, custodian, label=f"{number}", now=self.now)
            for code in GROUPS.values():
                for place, role in PLACES.items():
                    name = f"{code}-{place}"
                    about = {"name": name, "post": "", "email": f"{name}@example.org"}
                    actor = self.city.director
                    made = add_person(own, actor, **about, language="zh_Hans_CN", now=self.now)
                    group = group_by_code(own, code)
                    held = give_role(
                        own,
                        actor,
                        made,
                        role,
                        group=group,
                        starts_on=date(2026, 1, 1),
                        now=self.now,
                    )
                    self.city.actors[name] = actor_in(made, held)

    def who(self, case: Case, place: str) -> Actor:
        return self.city.actors[f"{case.group}-{place}"]

    def book(self, case: Case, hazard: str) -> TaskItem:
        wanted = select(TaskItem).where(TaskItem.hazard_id == case.hazards[hazard])
        return self.city.session.scalars(wanted).one()

    def unit_actor(self, item: TaskItem) -> Actor:
        return Actor(role=Role.UNIT, task_book_id=item.task_book_id)

    def move(self, actor: Actor, command: type[c.Command], case: Case, **fields: Any) -> Any:
        assert case.id is not None
        return self.city.move(actor, command, case.id, now=self.now, **fields)

    # the way through time

    def live(self, looks: Mapping[datetime, Callable[["Life"], None]]) -> None:
        """Let everything happen in its order; at the moments of `looks` somebody looks."""
        waiting = sorted(looks)
        for moment, name, event in timeline(self.cases):
            while waiting and waiting[0] <= moment:
                self.now = waiting.pop(0)
                looks[self.now](self)
            self.now = moment
            self.happen(name, event)
        for last in waiting:
            self.now = last
            looks[last](self)

    def happen(self, name: str, event: Mapping[str, Any]) -> None:
        case = self.cases[name]
        before = len(self.kinds(case))
        getattr(self, f"do_{event['do']}", self.note)(case, event)
        left, wanted = self.kinds(case)[before:], leaves(case, event)
        if left != wanted:
            self.wrong.append(f"{name} {event['at']} {event['do']}: {left}, not {wanted}")

    def kinds(self, case: Case) -> list[str]:
        if case.id is None:
            return []
        return [str(event.kind) for event in events_of(self.city.session, case.id)]

    # each kind of event

    def note(self, case: Case, event: Mapping[str, Any]) -> None:
        """What the portal has no record of stands in the case under its code."""
        if KINDS[event["do"]].becomes != NOTE:
            return
        said = " ".join(f"{k}={v}" for k, v in event.items() if k not in ("at", "do"))
        at_desk = event["do"] == "return_approved"
        actor = self.city.dispatcher if at_desk else self.who(case, "lead")
        self.move(actor, c.Note, case, body=f"[{event['do']}] {said}".strip())

    def do_submit(self, case: Case, event: Mapping[str, Any]) -> None:
        if case.told["report"]["channel"] not in DESK_CHANNELS:
            self.file(case, self.now)

    def do_register(self, case: Case, event: Mapping[str, Any]) -> None:
        self.file(case, at(case.told["report"]["submitted_at"]))

    def file(self, case: Case, arrived: datetime) -> None:
        told = case.told["report"]
        late = {"arrived_at": arrived} if arrived != self.now else {}
        if told["reporter"].get("named"):
            late["contact"] = {"name": "李工", "phone": "0519-2"}
        filed = self.city.file(
            now=self.now,
            text=told["text"],
            place=told["unit"]["name"],
            jurisdiction=told["area"],
            claimed_category=told["hazard_type"],
            channel=told["channel"],
            **late,
        )
        case.id, case.reports = filed.case_id, [filed.report_id]
        name = told["unit"]["name"]
        about = UnitFields(
            name=name, sector=told["unit"]["sector"], workers=told["unit"]["employees"]
        )
        with unit_of_work(self.city.session) as own:
            lead = self.city.lead
            case.unit = add_unit(own, lead, about, now=self.now).id
            boss = Named(
                link=Link.MAIN_RESPONSIBLE_PERSON,
                post="主要负责人",
                phone="0519-1",
                from_on=date(2026, 1, 1),
            )
            name_post(own, lead, case.unit, boss, now=self.now)

    def do_duplicate_report(self, case: Case, event: Mapping[str, Any]) -> None:
        again = self.city.file(now=self.now, text="四楼脚手架在晃。", channel=event["channel"])
        desk = self.city.dispatcher
        same = {"into_id": case.id, "reason": "同一个工地", "now": self.now}
        self.city.move(desk, c.Merge, again.case_id, **same)
        case.reports.append(again.report_id)
        case.merged.append(again.case_id)

    def do_accept(self, case: Case, event: Mapping[str, Any]) -> None:
        told = case.told["report"]
        settled = {"kind": told["kind"], "category": told["hazard_type"]}
        place = {"jurisdiction": told["area"], "unit_id": case.unit}
        self.move(self.city.dispatcher, c.Accept, case, **settled, **place)

    def do_dispatch(self, case: Case, event: Mapping[str, Any]) -> None:
        case.group = GROUPS[event["to"]]
        said = {
            "group_id": self.city.group(case.group),
            "priority": Priority(event.get("priority", "normal")),
            "suspected_major": event.get("flag") == "suspected_major",
            "reason": "按属地",
        }
        self.move(self.city.dispatcher, c.Dispatch, case, **said)

    def do_return_request(self, case: Case, event: Mapping[str, Any]) -> None:
        self.move(self.who(case, "lead"), c.ReturnDispatch, case, reason=event["reason"])

    def do_sign_for(self, case: Case, event: Mapping[str, Any]) -> None:
        self.move(self.who(case, "one"), c.SignFor, case)

    def do_first_response(self, case: Case, event: Mapping[str, Any]) -> None:
        said = {"report_id": case.reports[0], "body": "我们今天到现场。"}
        self.move(self.who(case, "one"), c.Answer, case, **said)

    def do_on_site(self, case: Case, event: Mapping[str, Any]) -> None:
        spot = any(later["do"] == "rectify_on_spot" for later in case.told["events"])
        self.visit(case, with_list=not spot)

    def do_inspect(self, case: Case, event: Mapping[str, Any]) -> None:
        self.visit(case, with_list=True)

    def do_rectify_on_spot(self, case: Case, event: Mapping[str, Any]) -> None:
        self.visit(case, with_list=True, on_spot=event["hazard"])

    def visit(self, case: Case, *, with_list: bool, on_spot: str = "") -> None:
        pair = [self.who(case, place).person_id for place in ("one", "two")]
        fields: dict[str, Any] = {"unit_id": case.unit}
        if with_list:
            fields["checked"] = self.checked(case, on_spot)
            fields["signatures"] = (
                *(Signature(side=Side.INSPECTOR, name="查", person=person) for person in pair),
                Signature(side=Side.UNIT, **WHO),
            )
        visited = {"visited_at": self.now, "inspectors": tuple(pair), "finding": "到场检查。"}
        self.move(self.who(case, "one"), c.Inspect, case, **visited, **fields)
        if not with_list:
            return
        found = select(Hazard.item, Hazard.id).where(Hazard.case_id == case.id)
        by_item = {item: hazard for item, hazard in self.city.session.execute(found)}
        case.hazards = {one["id"]: by_item[one["item"]] for one in case.told["hazards"]}
        assert len(by_item) == len(case.hazards), "every item that failed is a hazard"

    def checked(self, case: Case, on_spot: str) -> Checked:
        told = case.told["inspection"]
        items = {one["item"]: one for one in case.told["hazards"]}
        answers = [
            Answered(
                id=uuid4(),
                item=item,
                result=Result(result),
                note="看到了",
                photos=1,
                major=items.get(item, {}).get("level") == "major",
                on_spot=items.get(item, {}).get("id") == on_spot,
            )
            for item, result in told["results"].items()
        ]
        with unit_of_work(self.city.session) as own:
            copy = copy_of(checklist(own, told["checklist"]))
        return Checked(copy=copy, answers=tuple(answers))

    def do_assess(self, case: Case, event: Mapping[str, Any]) -> None:
        for one in case.told["hazards"]:
            risk = one["risk"]
            method = Method(risk["method"])
            factors = "LEC" if method is Method.LEC else "LS"
            given = tuple((factor, float(risk[factor])) for factor in factors)
            about = {"hazard_id": case.hazards[one["id"]], "method": method, "inputs": given}
            self.move(self.who(case, "one"), c.AssessRisk, case, **about, reason="按现场情况")

    def do_verify(self, case: Case, event: Mapping[str, Any]) -> None:
        assert event["conclusion"] == "verified_true"
        said = {"finding": Finding.TRUE, "reason": "现场核实属实"}
        self.move(self.who(case, "lead"), c.Verify, case, **said)

    def do_decide_level(self, case: Case, event: Mapping[str, Any]) -> None:
        panel = tuple(self.who(case, place).person_id for place in ("lead", "one"))
        said = {
            "hazard_id": case.hazards[event["hazard"]],
            "level": Level(event["level"]),
            "criterion": event["criterion"],
            "reason": "符合判定标准",
            "panel": panel,
            "experts": "王工，消防救援支队",
        }
        self.move(self.who(case, "lead"), c.DecideLevel, case, **said)

    def do_order(self, case: Case, event: Mapping[str, Any]) -> None:
        hazards = {one["id"]: one for one in case.told["hazards"]}
        tasks = {one["hazard"]: one for one in case.told["task_book"]}
        items = []
        for name in event["hazards"]:
            task, is_major = tasks[name], hazards[name]["level"] == "major"
            assert is_major == ("five_elements" in task)
            more = OF_MAJOR if is_major else {"evidence_asked": "、".join(task["evidence"])}
            items.append(
                c.NewItem(
                    hazard_id=case.hazards[name],
                    task=task["task"],
                    responsible=task["responsible"],
                    due_on=date.fromisoformat(task["due"]),
                    done=hazards[name].get("rectify") == "immediate",
                    **more,
                )
            )
        self.move(self.who(case, "one"), c.IssueTaskBook, case, items=tuple(items))

    def do_protect(self, case: Case, event: Mapping[str, Any]) -> None:
        for name in event["hazards"]:
            item = self.book(case, name)
            said = {"item_id": item.id, "statement": "已停用", **WHO}
            self.move(self.unit_actor(item), c.ReportInterim, case, **said)

    def do_request_review(self, case: Case, event: Mapping[str, Any]) -> None:
        for name in event.get("hazards", sorted(case.hazards)):
            item = self.book(case, name)
            done = {"item_id": item.id, "statement": "已整改", **WHO}
            self.move(self.unit_actor(item), c.ReportItemDone, case, **done)

    def do_review(self, case: Case, event: Mapping[str, Any]) -> None:
        again = second_dates(case.told)
        levels = {one["id"]: one["level"] for one in case.told["hazards"]}
        for name, result in event["results"].items():
            said = {"item_id": self.book(case, name).id, "opinion": "现场看过", "on_site": True}
            checker = self.who(case, "checker")
            if result == "fail":
                self.move(checker, c.FailReview, case, **said, new_due_on=again[name])
            elif levels[name] == "major":
                self.move(checker, c.SignCheck, case, **said)
                self.move(self.who(case, "lead"), c.PassReview, case, **said)
            else:
                self.move(checker, c.PassReview, case, **said)

    def do_feedback(self, case: Case, event: Mapping[str, Any]) -> None:
        answers = tuple((report, "属实，已责令限期整改。") for report in case.reports)
        self.move(self.who(case, "lead"), c.Conclude, case, answers=answers)

    def do_rating(self, case: Case, event: Mapping[str, Any]) -> None:
        said = SATISFIED[event.get("value") or event["rating"]]
        reporter = self.city.reporter(case.reports[0])
        rated = {"contacted": Contacted.YES, "solved": Solved.YES, "satisfied": said}
        self.move(reporter, c.Rate, case, **rated)

    do_follow_up = do_rating

    def do_close(self, case: Case, event: Mapping[str, Any]) -> None:
        self.move(self.who(case, "lead"), c.Close, case, lesson_considered=True)

    # the ladder

    def step(self, case: Case, rung: str, meeting: date | None = None, **more: Any) -> None:
        toward = {"link": Link.MAIN_RESPONSIBLE_PERSON.value, "meeting_on": meeting}
        said = {"step_id": None, "rung": rung, **toward, **GROUND, **more}
        self.move(self.city.director, s.OrderStep, case, **said)
        newest = select(DisciplinaryStep.id).where(DisciplinaryStep.case_id == case.id)
        newest = newest.order_by(DisciplinaryStep.number.desc())
        case.steps[rung] = self.city.session.scalars(newest).first()

    def do_notify_criticism(self, case: Case, event: Mapping[str, Any]) -> None:
        self.step(case, "notify_criticism")

    def do_warning_letter(self, case: Case, event: Mapping[str, Any]) -> None:
        self.step(case, "warn")

    def do_list_for_supervision(self, case: Case, event: Mapping[str, Any]) -> None:
        item, hazard = self.book(case, event["hazard"]), case.hazards[event["hazard"]]
        words = {"published": "化学品仓库没有可燃气体检测报警"}
        about = {"hazard_id": hazard, "until_on": item.due_on, **words}
        self.step(case, "list_for_supervision", **about)

    def listing(self, case: Case) -> UUID:
        wanted = select(Listing.id).where(Listing.case_id == case.id)
        return self.city.session.scalars(wanted).one()

    def do_accept_work(self, case: Case, event: Mapping[str, Any]) -> None:
        said = {"body": "市应急管理局", "people": "钱处长", "opinion": "验收合格", "passed": True}
        about = {"listing_id": self.listing(case), "accepted_on": self.now.date()}
        self.move(self.city.director, s.AcceptWork, case, **about, **said)

    def do_delist(self, case: Case, event: Mapping[str, Any]) -> None:
        about = {"listing_id": self.listing(case)}
        self.move(self.who(case, "lead"), s.AskDelisting, case, **about, proof="验收意见")
        ruling = {"granted": True, "reason": "验收合格，准予销号"}
        self.move(self.city.director, s.DecideDelisting, case, **about, **ruling)

    def do_interview_notice(self, case: Case, event: Mapping[str, Any]) -> None:
        held = next(one for one in case.told["events"] if one["do"] == "interview")
        day = at(held["at"]).date()
        calendar = in_force(self.city.session, self.now).calendar
        sooner = days_of(calendar).before(day, 1)
        self.refused[case.told["id"]] = refusal(self.step, case, "interview", sooner)[0]
        self.step(case, "interview", day)

    def do_interview(self, case: Case, event: Mapping[str, Any]) -> None:
        report = deadline(case.told, "interview_report")
        promised = (s.Promised(words="书面整改报告", due_on=date.fromisoformat(report["due"])),)
        talk = {
            "place": "安委办",
            "people": f"王主任；{event['person']}",
            "record": "重大隐患未整改",
        }
        talk |= {"basis": "安全生产法", "statement": "接受", "demands": "限期整改并书面报告"}
        when = {"held_at": self.now, "until_at": self.now, "signed": True}
        about = {"step_id": case.steps["interview"], "commitments": promised}
        self.move(self.city.director, s.HoldInterview, case, **about, **talk, **when)

    def do_interview_report(self, case: Case, event: Mapping[str, Any]) -> None:
        own = select(InterviewCommitment.id).where(InterviewCommitment.case_id == case.id)
        promised = self.city.session.scalars(own).one()
        kept = {"commitment_id": promised, "kept": True, "reason": "已收到报告"}
        self.move(self.who(case, "lead"), s.SettleCommitment, case, **kept)
        ends = {"step_id": case.steps["interview"], "end": "done", "effect": "已约谈"}
        self.move(self.city.director, s.EndStep, case, **ends)

    # the reward

    def do_reward_notice(self, case: Case, event: Mapping[str, Any]) -> None:
        self.move(self.who(case, "lead"), r.ProposeReward, case, **self.reward(case))
        # Another lead of the group, and the director.
        second = replace(self.who(case, "checker"), role=Role.LEAD)
        for one in (second, self.city.director):
            about = {"reward_id": self.city.reward(self.id_of(case)).id}
            self.move(one, r.ApproveReward, case, **about)

    def reward(self, case: Case) -> Mapping[str, Any]:
        """Return what the lead says of a reward: the fine as far as one was decided."""
        fines = [one["fine"] for one in case.told["events"] if "fine" in one]
        measure = Measure(
            fine_fen=fines[0] * 100 if fines else None,
            employee=case.told["report"]["reporter"]["kind"] == "employee",
        )
        said = {"rule": "major_or_illegal", "measure": measure, "reason": "处罚决定书"}
        return said | {"among": tuple(case.reports)}

    def id_of(self, case: Case) -> UUID:
        assert case.id is not None
        return case.id


def timeline(cases: Mapping[str, Case]) -> list[tuple[datetime, str, Mapping[str, Any]]]:
    """Return all events in the order of time; what is added stands before what it allows."""
    told = [
        (at(event["at"]), 1 - is_added, name, event)
        for name, case in cases.items()
        for is_added, events in ((1, ADDED[name]), (0, case.told["events"]))
        for event in events
    ]
    told.sort(key=lambda one: one[:2])
    return [(moment, name, event) for moment, _added, name, event in told]


def leaves(case: Case, event: Mapping[str, Any]) -> list[str]:
    """Return the events that one of the worked case leaves here."""
    levels = {one["id"]: one["level"] for one in case.told["hazards"]}
    named = list(event.get("results") or event.get("hazards") or sorted(levels))
    found: list[str] = []
    for kind in KINDS[event["do"]].leaves.split():
        if kind == "filed" and (case.told["report"]["channel"] in DESK_CHANNELS) == (
            event["do"] == "submit"
        ):
            continue
        if kind == "(review)":
            found += [
                one for name in named for one in _review(levels[name], event["results"][name])
            ]
        elif kind.startswith("("):
            found += [kind.strip("()")] * len(named)
        else:
            found.append(kind)
    return found


def _review(level: str, result: str) -> Iterator[str]:
    if result == "fail":
        yield "review_failed"
        return
    if level == "major":
        yield "check_signed"
    yield "review_passed"


def second_dates(told: Mapping[str, Any]) -> dict[str, date]:
    """Return until when the unit has after a failed review, by hazard."""
    return {
        line["on"].split()[0]: date.fromisoformat(line["due"])
        for line in told["deadlines"]
        if "second" in line["on"]
    }


def deadline(told: Mapping[str, Any], limit: str) -> Mapping[str, Any]:
    return next(line for line in told["deadlines"] if line["limit"] == limit)


def begin(city: City) -> Life:
    """Return the worked cases before anything of them has happened."""
    life = Life(city, {one["id"]: Case(one) for one in domain("cases.yaml")["cases"]})
    life.people()
    return life
