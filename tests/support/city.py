"""A small city for tests: the preset's rules and groups, and a few people to act in them."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.access.kinds import ANYONE, SYSTEM, Actor, Role
from portal.accounts import queries as people
from portal.accounts.services import add_person, give_role, set_up_groups
from portal.cases.kinds import Finding, Priority
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import reward_commands as r
from portal.cases.lifecycle import step_commands as s
from portal.cases.models import Case
from portal.cases.services import file_report, move_case
from portal.discipline.models import Listing
from portal.foundation.transaction import unit_of_work
from portal.history.kinds import EventKind
from portal.history.services import record
from portal.inspections.kinds import Level
from portal.inspections.models import Hazard
from portal.presets.queries import in_force
from portal.presets.services import load_presets
from portal.reports.lifecycle import File
from portal.rewards.lifecycle import Measure
from portal.rewards.models import Reward
from portal.sealing.queries import live_keys
from portal.sealing.services import register
from portal.taskbooks.models import TaskBook, TaskItem
from portal.units.kinds import Link
from portal.units.services import Named, UnitFields, add_unit, name_post
from tests.support import files

PRESET = Path(__file__).resolve().parents[2] / "portal" / "presets" / "changzhou"
#: A Tuesday morning in Changzhou, no holiday near.
NOON = datetime(2026, 11, 10, 4, 0, tzinfo=UTC)
TEXT = "二楼车间到三楼宿舍的楼梯门被铁链锁住，楼上住了二十多人。"
PLACE = "武进区纸箱路 18 号二楼"
#: What a task of a major hazard holds besides.
OF_MAJOR = {
    "evidence_asked": "照片和收据",
    "funds": "安全费用 2 万元",
    "contingency": "疏散演练，专人值守",
    "interim": "三楼停止住人",
}
#: (name in tests, role, group code or None)
CAST = (
    ("dispatcher", Role.DISPATCHER, "duty-desk"),
    ("second_dispatcher", Role.DISPATCHER, "duty-desk"),
    ("lead", Role.LEAD, "insp-fire"),
    ("member", Role.MEMBER, "insp-fire"),
    ("second_member", Role.MEMBER, "insp-fire"),
    ("other_lead", Role.LEAD, "insp-industry"),
    ("other_member", Role.MEMBER, "insp-industry"),
    ("supervisor", Role.LEAD, "sup-wujin"),
    ("supervisor_elsewhere", Role.LEAD, "sup-liyang"),
    ("director", Role.DIRECTOR, None),
    ("auditor", Role.AUDITOR, None),
    ("administrator", Role.ADMINISTRATOR, None),
    ("treasurer", Role.TREASURER, None),
)


@dataclass
class City:
    """The people by their names in tests, and short ways to walk a case along the road."""

    session: Any
    actors: dict[str, Actor] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Actor:
        try:
            return self.actors[name]
        except KeyError:
            raise AttributeError(name) from None

    def group(self, code: str) -> UUID:
        found = people.group_by_code(self.session, code)
        assert found is not None
        return found.id

    def file(self, *, now: datetime = NOON, nonce: bytes | None = None, **changes: Any) -> Any:
        """File a report about a locked exit in 武进; `changes` replace fields of `File`."""
        fields: dict[str, Any] = {
            "text": TEXT,
            "place": PLACE,
            "jurisdiction": "320412",
            "claimed_category": "fire.exit_blocked",
            **changes,
        }
        with unit_of_work(self.session) as session:
            return file_report(
                session, ANYONE, File(**fields), nonce=nonce or secrets.token_bytes(16), now=now
            )

    def move(self, actor: Actor, command: type[c.Command], case_id: UUID, /, **fields: Any) -> Any:
        """Carry out a move on the case as it stands; `now` may be among the fields."""
        now = fields.pop("now", NOON)
        with unit_of_work(self.session) as session:
            seen = fields.pop("seen", None) or self.version(case_id)
            return move_case(session, actor, command(case_id=case_id, seen=seen, **fields), now=now)

    def version(self, case_id: UUID) -> int:
        version = self.session.scalar(select(Case.version).where(Case.id == case_id))
        assert version is not None
        return int(version)

    def reporter(self, report_id: UUID) -> Actor:
        return Actor(role=Role.REPORTER, report_id=report_id)

    def accepted(self, case_id: UUID, **fields: Any) -> Any:
        settled = {"kind": "hazard", "category": "fire.exit_blocked", "jurisdiction": "320412"}
        return self.move(self.dispatcher, c.Accept, case_id, **{**settled, **fields})

    def dispatched(self, case_id: UUID, code: str = "insp-fire", **fields: Any) -> Any:
        said = {
            "group_id": self.group(code),
            "priority": Priority.NORMAL,
            "suspected_major": False,
            "reason": "试用",
        }
        return self.move(self.dispatcher, c.Dispatch, case_id, **{**said, **fields})

    def in_hand(self, *, now: datetime = NOON, **settled: Any) -> Any:
        """File, accept, dispatch and sign for: returns what filing gave."""
        filed = self.file(now=now)
        self.accepted(filed.case_id, now=now, **settled)
        self.dispatched(filed.case_id, now=now)
        self.move(self.lead, c.SignFor, filed.case_id, now=now)
        return filed

    def named(self, *, now: datetime = NOON, nonce: bytes | None = None) -> Any:
        """File a report with contact details and walk it until it is settled as true."""
        if len(live_keys(self.session)) < 2:
            with unit_of_work(self.session) as own:
                for number, (custodian, _secret) in enumerate(files.custodians(2)):
                    register(own, custodian, label=f"保管人 {number}", now=now)
        contact = {"name": "王小明", "phone": "138 0000 0000"}
        filed = self.file(now=now, nonce=nonce, contact=contact)
        self.accepted(filed.case_id, now=now)
        self.dispatched(filed.case_id, now=now)
        self.move(self.lead, c.SignFor, filed.case_id, now=now)
        self.inspected(filed.case_id, now=now)
        verdict = {"finding": Finding.TRUE, "reason": "看过"}
        self.move(self.lead, c.Verify, filed.case_id, **verdict, now=now)
        return filed

    def reward(self, case_id: UUID) -> Any:
        """Return the case's last reward as it stands."""
        wanted = select(Reward).where(Reward.case_id == case_id, Reward.ended_at.is_(None))
        return self.session.scalars(wanted.execution_options(populate_existing=True)).one()

    def proposed(self, filed: Any, *, now: datetime = NOON, fine: int = 60_000) -> None:
        """Let the lead propose a reward for the only report of a case."""
        said = {"rule": "major_or_illegal", "measure": Measure(fine_fen=fine * 100)}
        said |= {"among": (filed.report_id,), "reason": "处罚决定书 12 号"}
        self.move(self.lead, r.ProposeReward, filed.case_id, **said, now=now)

    def offered(self, filed: Any, *, now: datetime = NOON, fine: int = 60_000) -> None:
        """The same, signed for by two others."""
        self.proposed(filed, now=now, fine=fine)
        for who in (self.supervisor, self.director):
            reward = self.reward(filed.case_id).id
            self.move(who, r.ApproveReward, filed.case_id, reward_id=reward, now=now)

    def inspected(self, case_id: UUID, *, hazards: int = 1, now: datetime = NOON) -> list[UUID]:
        """Let the two members visit; returns the ids of the hazards found."""
        self.move(
            self.member,
            c.Inspect,
            case_id,
            visited_at=now,
            inspectors=(self.member.person_id, self.second_member.person_id),
            finding="楼梯门上有铁链。",
            hazards=tuple(c.FoundHazard(description=f"隐患 {n}") for n in range(hazards)),
            now=now,
        )
        return list(
            self.session.scalars(
                select(Hazard.id).where(Hazard.case_id == case_id).order_by(Hazard.number)
            )
        )

    def levelled(self, hazard: UUID, case_id: UUID, *, now: datetime = NOON) -> None:
        """Let a panel with an outside expert decide that a hazard is major."""
        panel = (self.lead.person_id, self.member.person_id)
        said = {"criterion": "GB 35181-2025 第 6 章", "reason": "楼上住人"}
        expert = "王工，消防救援支队"
        major = {"hazard_id": hazard, "level": Level.MAJOR, "panel": panel, "experts": expert}
        self.move(self.lead, c.DecideLevel, case_id, **major, **said, now=now)

    def listed(
        self, case_id: UUID, hazard: UUID, *, now: datetime = NOON, days: int = 60, **more: Any
    ) -> Any:
        """Let the director list a hazard for supervision; returns the listing."""
        unit = self.session.scalar(select(Case.unit_id).where(Case.id == case_id))
        with unit_of_work(self.session) as own:
            link, day = Link.MAIN_RESPONSIBLE_PERSON, date(2026, 11, 1)
            name_post(
                own,
                self.lead,
                unit,
                Named(link=link, post="厂长", phone="0519-1", from_on=day),
                now=now,
            )
        said = {
            "step_id": None,
            "rung": "list_for_supervision",
            "link": "main_responsible_person",
            "grounds": ("major",),
            "reason": "重大隐患挂牌督办",
            "skip_reason": "直接危及人身安全",
            "hazard_id": hazard,
            "until_on": (now + timedelta(days=days)).date(),
            "published": "员工宿舍疏散楼梯被锁闭",
        }
        self.move(self.director, s.OrderStep, case_id, **said | more, now=now)
        return self.listing(case_id)

    def listing(self, case_id: UUID) -> Any:
        """Return the case's last listing as it stands."""
        wanted = select(Listing).where(Listing.case_id == case_id).order_by(Listing.number.desc())
        return self.session.scalars(wanted.execution_options(populate_existing=True)).first()

    def accept_work(self, case_id: UUID, *, now: datetime = NOON, **more: Any) -> None:
        """Let the director write down what another body found on the listed hazard."""
        said = {
            "listing_id": self.listing(case_id).id,
            "body": "市应急管理局",
            "people": "钱处长\n专家 孙工",
            "accepted_on": now.date(),
            "passed": True,
            "opinion": "现场验收合格",
        }
        self.move(self.director, s.AcceptWork, case_id, **said | more, now=now)

    def unit(self, name: str = "示例包装有限公司（虚构）", **fields: Any) -> UUID:
        with unit_of_work(self.session) as session:
            return add_unit(session, self.lead, UnitFields(name=name, **fields), now=NOON).id

    def book(
        self, case_id: UUID, hazards: list[UUID], *, now: datetime = NOON, **more: Any
    ) -> TaskBook:
        """Issue a task book with one item for each hazard, due in ten days; `more` for each."""
        self.move(
            self.member,
            c.IssueTaskBook,
            case_id,
            unit_id=self.unit(contact_email="unit@example.org"),
            items=tuple(
                c.NewItem(
                    hazard_id=hazard,
                    task="拆除铁链",
                    responsible="厂长",
                    due_on=(now + timedelta(days=10)).date(),
                    **more,
                )
                for hazard in hazards
            ),
            now=now,
        )
        book = self.session.scalar(
            select(TaskBook).where(TaskBook.case_id == case_id).order_by(TaskBook.issued_at.desc())
        )
        assert book is not None
        return book

    def items(self, case_id: UUID) -> list[TaskItem]:
        return list(
            self.session.scalars(
                select(TaskItem).where(TaskItem.case_id == case_id).order_by(TaskItem.number)
            )
        )

    def closed(self, finding: Finding = Finding.NOT_TRUE, *, now: datetime = NOON) -> Any:
        """Walk a report to its end as not true; returns what filing gave."""
        filed = self.in_hand(now=now)
        self.move(self.lead, c.Verify, filed.case_id, finding=finding, reason="现场查看", now=now)
        answers = ((filed.report_id, "我们到现场看了，没有发现。"),)
        self.move(self.lead, c.Conclude, filed.case_id, answers=answers, now=now)
        self.move(
            self.lead, c.Close, filed.case_id, lesson_considered=True, reason="无隐患", now=now
        )
        return filed

    def put_right(self, *, now: datetime = NOON, **settled: Any) -> Any:
        """Walk a report to its end as true, put right and checked; returns what filing gave."""
        filed = self.in_hand(now=now, **settled)
        book = self.book(filed.case_id, self.inspected(filed.case_id, now=now), now=now)
        unit = Actor(role=Role.UNIT, task_book_id=book.id)
        item = self.items(filed.case_id)[0].id
        done = {"item_id": item, "name": "张", "post": "厂长", "statement": "好了", "now": now}
        self.move(unit, c.ReportItemDone, filed.case_id, **done)
        passed = {"item_id": item, "opinion": "看过", "now": now}
        self.move(self.supervisor, c.PassReview, filed.case_id, **passed)
        verdict = {"finding": Finding.TRUE, "reason": "看过", "now": now}
        self.move(self.lead, c.Verify, filed.case_id, **verdict)
        answers = ((filed.report_id, "已整改"),)
        self.move(self.lead, c.Conclude, filed.case_id, answers=answers, now=now)
        self.move(self.lead, c.Close, filed.case_id, lesson_considered=True, now=now)
        return filed


def settle(session: Any, *, now: datetime = NOON) -> City:
    """Load the preset, make its groups and the cast, and return the city."""
    with unit_of_work(session) as own:

        def remember(kind: str, payload: dict[str, Any]) -> None:
            record(own, SYSTEM, EventKind(kind), at=now, payload=payload)

        load_presets(own, PRESET, now=now, record=remember)
    city = City(session)
    with unit_of_work(session) as own:
        set_up_groups(own, SYSTEM, in_force(own, now).city.groups, now=now)
        for name, role, code in CAST:
            account = add_person(
                own,
                SYSTEM,
                name=name,
                post="",
                email=f"{name}@example.org",
                language="zh_Hans_CN",
                now=now,
            )
            group = people.group_by_code(own, code) if code else None
            membership = give_role(
                own, SYSTEM, account, role, group=group, starts_on=date(2026, 1, 1), now=now
            )
            city.actors[name] = people.actor_in(account, membership)
    return city
