"""Hands the drawn pictures in as a reporter or an inspector would."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from portal.access.kinds import Actor
from portal.administration.cli.demo.pictures import SCENES, VARIANTS, picture
from portal.administration.cli.demo.plans import Plan
from portal.administration.cli.demo.world import World
from portal.attachments.kinds import Area, Purpose
from portal.attachments.queries import facts
from portal.attachments.services import attach, take_in
from portal.cases.lifecycle import commands as c
from portal.integrations.scrubber import Scrubbed, Scrubber
from portal.integrations.store import ObjectStore
from portal.sealing.queries import live_keys

if TYPE_CHECKING:
    from uuid import UUID

#: Share of reports and of visits that come with pictures.
OF_REPORTS, OF_VISITS = 0.3, 0.25


class Remembering(Scrubber):
    """A scrubber that does each drawing once: a few dozen are handed in hundreds of times."""

    def __init__(self) -> None:
        super().__init__()
        self._done: dict[bytes, Scrubbed] = {}

    def scrub(self, data: bytes) -> Scrubbed:
        key = sha256(data).digest()
        if key not in self._done:
            self._done[key] = super().scrub(data)
        return self._done[key]


class Photographs:
    """Takes files in, and adds them to the case as evidence."""

    def __init__(self, store: ObjectStore, key: bytes) -> None:
        self.store, self.key = store, key
        self.scrubber = Remembering()

    def of_report(self, world: World, plan: Plan) -> None:
        """Some reporters send one or two pictures along."""
        if plan.theme.scene in SCENES and world.chance(OF_REPORTS):
            count = 1 + world.chance(0.3)
            actor = world.reporter(plan)
            self._hand_in(world, plan, actor, Purpose.REPORT, count, report_id=plan.report_id)

    def of_visit(self, world: World, plan: Plan, inspector: Actor) -> None:
        """Some inspectors take one."""
        if plan.theme.scene in SCENES and world.chance(OF_VISITS):
            visit = world.rows("inspections", world.case(plan))[-1].id
            self._hand_in(world, plan, inspector, Purpose.INSPECTION, 1, thing_id=visit)

    def _hand_in(
        self,
        world: World,
        plan: Plan,
        actor: Actor,
        purpose: Purpose,
        count: int,
        *,
        report_id: UUID | None = None,
        thing_id: UUID | None = None,
    ) -> None:
        first = world.random.randrange(VARIANTS)
        files = [
            take_in(
                picture(plan.theme.scene, (first + number) % VARIANTS),
                f"IMG_{plan.number:04d}_{number}.jpg",
                area=Area.KEPT,
                custodians=live_keys(world.session),
                store=self.store,
                scrubber=self.scrubber,
                key=self.key,
                entropy=world.entropy,
                now=world.now,
            )
            for number in range(count)
        ]
        case = world.case(plan)
        rows = attach(
            world.session,
            files,
            case_id=case.id,
            purpose=purpose,
            report_id=report_id,
            thing_id=thing_id,
            entropy=world.entropy,
            now=world.now,
        )
        told: tuple[dict[str, Any], ...] = tuple(facts(row) for row in rows)
        world.move(actor, c.AddEvidence, case, files=told, report_id=report_id)
