"""A unit with an account of its own, and short ways through what it does by itself."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from secrets import token_bytes
from typing import Any
from uuid import UUID

from portal.access.kinds import ANYONE, Actor, Role
from portal.accounts.queries import accounts_of_unit, actor_in
from portal.cases.services import enter_own_hazard, file_inside, hand_up
from portal.foundation import secrets
from portal.foundation.transaction import unit_of_work
from portal.presets.queries import in_force
from portal.reports.lifecycle import File, receipt_code
from portal.selfinspections import services as doing
from portal.selfinspections.models import Declaration
from portal.units.kinds import Link
from portal.units.services import Named, name_post
from tests.support.city import NOON, PLACE, TEXT, City

EXIT = "fire.exit_blocked"
OCTOBER = date(2026, 10, 1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Told:
    """An inside report, whoever has its code, and the code."""

    id: UUID
    reporter: Actor
    code: str


class OwnUnit:
    """A unit that takes part since September, one account there, and what it does."""

    def __init__(self, city: City, name: str = "示例自查厂（虚构）", **fields: Any) -> None:
        self.city, self.session = city, city.session
        self.id: UUID = city.unit(name, **{"sector": "fire", "jurisdiction": "320412", **fields})
        self.actor = self.invite(f"u{self.id.hex[:8]}@example.org")
        city.actors[f"unit {self.id}"] = self.actor

    def invite(self, email: str, *, now: datetime = NOON) -> Actor:
        with unit_of_work(self.session) as own:
            doing.enrol(own, self.city.lead, self.id, from_on=date(2026, 9, 1), now=now)
            given = {"name": "钱立", "post": "厂长", "email": email}
            preset = in_force(own, now)
            made = doing.invite(own, self.city.member, self.id, preset, **given, now=now).id
        held = accounts_of_unit(self.session, self.id)
        actor = next(actor_in(one.account, one) for one in held if one.account_id == made)
        self.session.rollback()
        return actor

    def principal(
        self, post: str = "厂长", *, from_on: date = date(2026, 1, 1), **more: Any
    ) -> None:
        """Name who answers for the unit."""
        link = Link.MAIN_RESPONSIBLE_PERSON
        given = Named(link=link, post=post, phone="0519-1", from_on=from_on, **more)
        with unit_of_work(self.session) as own:
            name_post(own, self.city.lead, self.id, given, now=NOON)

    def found(self, *, now: datetime = NOON, major: bool = False, category: str = EXIT) -> UUID:
        with unit_of_work(self.session) as own:
            preset = in_force(own, now)
            said = {"said": "二楼安全出口堆了货", "category": category, "major": major}
            return enter_own_hazard(own, self.actor, preset, **said, now=now)

    def task(self, hazard: UUID, *, due_on: date, now: datetime = NOON) -> UUID:
        with unit_of_work(self.session) as own:
            today = now.date()
            given = {"task": "清走", "who": "仓库主管", "due_on": due_on, "today": today}
            return doing.set_task(own, self.actor, hazard, **given, now=now).id

    def done(self, hazard: UUID, task: UUID, *, now: datetime = NOON) -> None:
        with unit_of_work(self.session) as own:
            doing.report_done(own, self.actor, hazard, task, statement="清走了", now=now)

    def handed_up(self, hazard: UUID, *, now: datetime = NOON) -> UUID:
        with unit_of_work(self.session) as own:
            return hand_up(own, self.actor, hazard, now=now)

    def declare(
        self, month: date = OCTOBER, *, kind: str = "nil", now: datetime = NOON, **more: Any
    ) -> Declaration:
        given = {"kind": kind, "name": "钱立", "post": "厂长", "is_confirmed": True, **more}
        with unit_of_work(self.session) as own:
            return doing.declare(own, self.actor, month, in_force(own, now), **given, now=now)

    def takes_inside(self, readers: str = "安全科长", *, now: datetime = NOON) -> None:
        """Switch inside reports on."""
        with unit_of_work(self.session) as own:
            given = {"readers": readers, "name": "钱立", "post": "厂长"}
            doing.open_door(own, self.actor, in_force(own, now), **given, now=now)

    def told(self, words: str = TEXT, *, now: datetime = NOON - HOUR, **more: Any) -> Told:
        """Report something to the unit alone; by default an hour ago, so that it reads it."""
        nonce = token_bytes(16)
        command = File(text=words, place=PLACE, claimed_unit=self.id, channel="qr", **more)
        with unit_of_work(self.session) as own:
            made = file_inside(own, ANYONE, command, nonce=nonce, now=now)
        code = receipt_code(nonce, secrets.in_use().key("receipt-derivation"))
        return Told(made.id, Actor(role=Role.REPORTER, inside_id=made.id), code)
