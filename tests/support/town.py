"""A small demo city with the portal before it: for tests that look around, and for pictures."""

import fcntl
import itertools
import json
import secrets
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from config import Settings, flask_config, load_keyring, load_settings
from portal.access.kinds import Role
from portal.accounts.models import Account, Membership
from portal.accounts.queries import actor_in, memberships_on
from portal.administration.cli.demo.load import Asked, build, leave, live
from portal.cases.kinds import Finding
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import step_commands as s
from portal.cases.models import Case
from portal.cases.services import link_token, watch_bursts
from portal.discipline.services import step_token
from portal.factory import create_app
from portal.foundation import secrets as keyrings
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.transaction import unit_of_work
from portal.integrations.backup import dump, load
from portal.integrations.mailbox import Catcher
from portal.integrations.postgres import OWNER
from portal.integrations.store import ObjectStore
from portal.notices.kinds import DeliveryState
from portal.notices.models import Delivery
from portal.plans.lifecycle import Wish
from portal.plans.services import make_plan, publish_plan
from portal.presets.checklists import in_force_checklists
from portal.presets.loader import folder_of
from portal.presets.queries import in_force
from portal.reports.lifecycle import receipt_code
from tests.support.city import City
from tests.support.databases import Database, Server, fresh_database
from tests.support.jobs import Worker
from tests.support.scene import Scene
from tests.support.stopped import going_on_from

SEED = 20260401
NUMBERS = itertools.count()
#: When the city's ninety days end and its pages are opened, whatever hour the machine has: a
#: Tuesday at half past ten, so that everybody is at work and some things are overdue.
MORNING = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)

#: The plan that waits for its draw.
TO_DRAW = "抽查"


class Quiet(WSGIRequestHandler):
    """Says nothing of requests that went well."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@dataclass(frozen=True)
class Town:
    """The app, its address on the loopback, and what `demo load` wrote down for its start page."""

    app: Flask
    address: str
    codes: dict[str, str]
    links: dict[str, str]

    def lose_a_mail(self) -> None:
        """Let one mail have been tried so often that it was given up."""
        with self.app.app_context(), unit_of_work(db.session()) as session:
            account = session.scalars(select(Account.id).order_by(Account.email)).first()
            lost = {"state": DeliveryState.FAILED, "attempts": 8, "kind": "case"}
            at = {"next_try_at": now(), "created_at": now()}
            session.add(Delivery(id=uuid4(), account_id=account, **lost, **at))

    def flood(self) -> None:
        """Let a mass event come in by the slow lane, and the desk be alarmed."""
        said = {"jurisdiction": "320412", "township": "320412.hutang", "claimed_category": None}
        with self.app.app_context():
            city = City(db.session())
            for _each in range(8):
                city.file(now=now(), slow_lane=True, **said)
            with unit_of_work(db.session()) as session:
                watch_bursts(session, now=now())
            db.session.remove()

    def return_one(self) -> None:
        """Let a group have a case that came back once: only of that can a return be asked for."""
        with self.app.app_context():
            session, moment = db.session(), now()
            zone = in_force(session, moment).limits.zone
            seats = memberships_on(session, on=moment.astimezone(zone).date())
            desk, lead = (
                next(
                    actor_in(seat.account, seat)
                    for seat in seats
                    if seat.role is role and seat.group and seat.group.code == code
                )
                for role, code in ((Role.DISPATCHER, "duty-desk"), (Role.LEAD, "insp-fire"))
            )
            city = City(session, {"dispatcher": desk, "lead": lead})
            case_id = city.in_hand(now=moment).case_id
            city.move(lead, c.ReturnDispatch, case_id, reason="不归我们管", now=moment)
            city.dispatched(case_id, now=moment)
            db.session.remove()

    def _city(self, moment: datetime) -> tuple[City, list[Membership]]:
        """Return the city with the people of a walk in it, and the members of the fire group."""
        wanted = {
            "dispatcher": (Role.DISPATCHER, "duty-desk"),
            "lead": (Role.LEAD, "insp-fire"),
            "supervisor": (Role.LEAD, "sup-wujin"),
            "director": (Role.DIRECTOR, None),
        }
        session = db.session()
        zone = in_force(session, moment).limits.zone
        seats = memberships_on(session, on=moment.astimezone(zone).date())
        at = [(one.role, one.group.code if one.group else None, one) for one in seats]
        actors = {
            name: next(actor_in(s.account, s) for role, code, s in at if (role, code) == place)
            for name, place in wanted.items()
        }
        members = [one for role, code, one in at if (role, code) == (Role.MEMBER, "insp-fire")]
        for name, one in zip(("member", "second_member"), members, strict=False):
            actors[name] = actor_in(one.account, one)
        return City(session, actors), members

    def reward(self) -> tuple[str, str]:
        """Let rewards stand where each page of theirs is; return the receipt code of one that can
        be claimed, and the voucher's code of one that was.
        """
        with self.app.app_context():
            city, _members = self._city(now())
            scene = Scene(None, city, None, None)
            scene.true()
            scene.reward_proposed()
            nonce = secrets.token_bytes(16)
            scene.city.offered(scene.city.named(nonce=nonce))
            digits = receipt_code(nonce, keyrings.in_use().key("receipt-derivation"))
            codes = digits, scene.voucher()
            db.session.remove()
            return codes

    def overlook(self) -> None:
        """Let a report about a unit that looks for itself be found true: a blind spot."""
        with self.app.app_context():
            moment = now()
            city, _members = self._city(moment)
            zone = in_force(city.session, moment).limits.zone
            seats = memberships_on(city.session, on=moment.astimezone(zone).date())
            unit = next(one.unit_id for one in seats if one.unit_id)
            case_id = city.in_hand(now=moment, category="fire.window_bars").case_id
            said = {"visited_at": moment, "finding": "窗户焊了铁栏", "unit_id": unit, "now": moment}
            two = [city.actors["member"], city.actors["second_member"]]
            people = tuple(one.person_id for one in two)
            hazards = (c.FoundHazard(description="窗户焊了铁栏"),)
            city.move(two[0], c.Inspect, case_id, inspectors=people, hazards=hazards, **said)
            verdict = {"finding": Finding.TRUE, "reason": "看过", "now": moment}
            city.move(city.actors["lead"], c.Verify, case_id, **verdict)
            db.session.remove()

    def climb(self) -> tuple[str, str, str]:
        """Let a case have a step for every move of the ladder; return its number, and the token of
        a link that can be answered.

        Besides, let a plan wait for its draw, major hazards for their interim protection (the last
        token is that of the task book), for the first signature and, listed, for each step until
        they are struck off; a unit for more time, and cases for whoever takes over from somebody
        who left.
        """
        with self.app.app_context():
            session, moment = db.session(), now()
            zone = in_force(session, moment).limits.zone
            city, members = self._city(moment)
            scene = Scene(None, city, None, None)
            scene.major_reported()
            scene.time_asked()
            case_id = scene.promised()
            said = {"grounds": ("failed",), "reason": "请来", "skip_reason": "再次未通过"}
            talk = {"meeting_on": moment.date() + timedelta(days=9), "step_id": None, "now": moment}
            talk |= {"rung": "interview", "link": "authority", **said}
            city.move(city.director, s.OrderStep, case_id, **talk)
            last = {"rung": "propose_accountability", "link": "district", "now": moment, **said}
            city.move(city.lead, s.ProposeStep, case_id, **last)
            case = session.get_one(Case, case_id, populate_existing=True)
            kept = case.number, step_token(case.steps[1].id)
            self._lot_to_draw(city, moment)
            major_id = scene.booked_major()
            leaves = city.second_member.account_id
            city.move(city.lead, c.AssignHandler, major_id, account_id=leaves, now=moment)
            for way in (
                scene.major_later,
                scene.put_right,
                scene.accepted_work,
                scene.delisting_asked,
            ):
                way()
            book = session.get_one(Case, major_id, populate_existing=True).task_books[0]
            token = link_token(book.id)
            with unit_of_work(session) as own:
                seat = next(one for one in members if one.account_id == leaves)
                own.get_one(Membership, seat.id).ends_on = moment.astimezone(zone).date()
            db.session.remove()
            return *kept, token

    def _lot_to_draw(self, city: City, moment: datetime) -> None:
        """Let a plan be published the day before, so that it can be drawn now."""
        session, lead, before = city.session, city.lead, moment - timedelta(days=1)
        preset = in_force(session, before)
        today = moment.astimezone(preset.limits.zone).date()
        wish = Wish(
            kind="special",
            title=TO_DRAW,
            checklist=min(in_force_checklists(session, before)),
            group_ids=(lead.group_id,),
            starts_on=today,
            ends_on=today + timedelta(days=30),
            by_lot=True,
            draw_count=1,
            seed_on=today,
        )
        with unit_of_work(session) as own:
            made = make_plan(own, lead, wish, preset, now=before)
            publish_plan(own, lead, made.id, preset, now=before)

    def run_jobs(self) -> None:
        """Do what waits in the queue, as if some minutes had gone by."""
        with self.app.app_context(), going_on_from(now() + timedelta(minutes=15)):
            Worker(self.app, now()).minute()
            db.session.remove()


@dataclass(frozen=True)
class Lived:
    """A city whose ninety days are over: its database and its data folder, both to be copied."""

    database: str
    folder: Path
    until: datetime


@contextmanager
def lived_town(
    server: Server, folder: Path, *, cases: int, until: datetime = MORNING
) -> Iterator[Lived]:
    """Let a city of so many cases live until `until`."""
    settings = load_settings({"PORTAL_DATA_DIR": str(folder), "PORTAL_ENV": "demo"})
    with fresh_database(server, f"lived_{cases}") as database:
        app = _app_on(database, settings)
        with app.app_context():
            _live(settings, cases, until)
            db.session.remove()
            db.engine.dispose()
        yield Lived(database.name, folder, until)


@contextmanager
def lived_town_of_all(server: Server, folder: Path, *, cases: int) -> Iterator[Lived]:
    """Give such a city, made once for all who name the folder: the others load what it left."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "dump").exists():
            with lived_town(server, folder / "data", cases=cases) as lived:
                dump(server.url(lived.database, OWNER), folder / "dump")
                fcntl.flock(lock, fcntl.LOCK_UN)
                yield lived
                return
    with fresh_database(server, f"lived_{cases}", "template0") as database:
        load(database.owner_url, folder / "dump")
        yield Lived(database.name, folder / "data", MORNING)


@contextmanager
def demo_town(server: Server, folder: Path, lived: Lived) -> Iterator[Town]:
    """Serve a copy of the city until the end; the clock of pages and jobs goes on from its last
    moment.
    """
    shutil.copytree(lived.folder, folder / "data")
    settings = load_settings({"PORTAL_DATA_DIR": str(folder / "data"), "PORTAL_ENV": "demo"})
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings.mail_port_file.parent.mkdir(exist_ok=True)
    settings.mail_port_file.write_text(str(port))  # before the app, which reads it once
    catcher = Controller(Catcher(settings.mail_dir), hostname="127.0.0.1", port=port)
    with fresh_database(server, f"town_{next(NUMBERS)}", lived.database) as database:
        app = _app_on(database, settings)
        catcher.start()
        web = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
        thread = threading.Thread(target=web.serve_forever, daemon=True)
        thread.start()
        kept = json.loads(settings.demo_codes.read_text("utf-8"))
        try:
            with going_on_from(lived.until):
                yield Town(app, f"http://127.0.0.1:{web.port}", kept["codes"], kept["links"])
        finally:
            web.shutdown()
            thread.join()
            catcher.stop()
            with app.app_context():
                db.engine.dispose()


def _app_on(database: Database, settings: Settings) -> Flask:
    urls = (database.app_url, database.owner_url)
    keyring = load_keyring(settings, may_create=True)
    return create_app({**flask_config(settings, urls, keyring), "SQLALCHEMY_ENGINE_OPTIONS": {}})


def _live(settings: Settings, cases: int, until: datetime) -> None:
    """Let ninety days of so many cases happen, by the real services."""

    def work():
        return unit_of_work(db.session())

    made = build(
        work,
        folder_of(settings.preset),
        Asked(until=until, cases=cases, busy=False, seed=SEED),
        store=ObjectStore.in_folder(settings.attachments_dir),
        data_folder=settings.data_dir,
        entropy=secrets.token_bytes,
    )
    for _ in live(work, made):
        pass
    leave(work, made, codes=settings.demo_codes, plants=settings.demo_plants)
