"""Hands the drawn pictures in as a reporter or an inspector would."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from portal.access.kinds import Actor
from portal.administration.cli.demo.pictures import SCENES, VARIANTS, picture
from portal.administration.cli.demo.plans import Plan
from portal.attachments.kinds import Area, Purpose
from portal.attachments.lifecycle import StoredFile
from portal.attachments.queries import facts, of_case
from portal.attachments.services import attach, take_in
from portal.cases.kinds import Shows
from portal.cases.lifecycle import commands as c
from portal.foundation import secrets
from portal.integrations.scrubber import Scrubbed, Scrubber
from portal.integrations.store import ObjectStore
from portal.reports.lifecycle import draft_key
from portal.sealing.queries import live_keys

if TYPE_CHECKING:
    from portal.administration.cli.demo.world import World

#: Share of reports and of visits that come with pictures.
OF_REPORTS, OF_VISITS = 0.3, 0.2


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
    """Takes pictures in, for reports before they are filed and for visits after them."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store
        self._scrubber = Remembering()

    def for_report(self, world: World, plan: Plan, nonce: bytes) -> Sequence[StoredFile]:
        """Some reporters send one or two pictures along: return the draft's files."""
        if plan.theme.scene not in SCENES or not world.chance(OF_REPORTS):
            return ()
        key = draft_key(nonce, secrets.in_use().key("draft"))
        count = 1 + world.chance(0.3)
        return self._taken(world, plan, Area.DRAFTS, key, count)

    def of_visit(self, world: World, plan: Plan, inspector: Actor) -> None:
        """Some inspectors take one and add it to the case as evidence."""
        if plan.theme.scene not in SCENES or not world.chance(OF_VISITS):
            return
        case = world.case(plan)
        rows = attach(
            world.session,
            self._taken(world, plan, Area.KEPT, secrets.in_use().key("attachments"), 1),
            case_id=case.id,
            purpose=Purpose.INSPECTION,
            thing_id=world.rows("inspections", case)[-1].id,
            entropy=world.entropy,
            now=world.now,
        )
        told: tuple[dict[str, Any], ...] = tuple(facts(row) for row in rows)
        world.move(inspector, c.AddEvidence, case, files=told)

    def release(self, world: World, plan: Plan, lead: Actor) -> None:
        """The lead lets the reporters see what was photographed on the visit."""
        case = world.case(plan)
        ours = [file.id for file in of_case(world.session, case.id) if file.report_id is None]
        if ours:
            shown = tuple((file, Shows.BEFORE) for file in ours)
            world.move(lead, c.ReleaseFiles, case, files=shown)

    def _taken(
        self, world: World, plan: Plan, area: Area, key: bytes, count: int
    ) -> Sequence[StoredFile]:
        first = world.random.randrange(VARIANTS)
        taken: list[StoredFile] = []
        for number in range(count):
            drawn = picture(plan.theme.scene, (first + number) % VARIANTS)
            name = f"IMG_{plan.number:04d}_{number}.jpg"
            taken.append(self._one(world, drawn, name, area, key, taken))
        return taken

    def for_inside(self, world: World, nonce: bytes) -> Sequence[StoredFile]:
        """Somebody sends one along to the unit alone; no chance decides which."""
        key = draft_key(nonce, secrets.in_use().key("draft"))
        return [self._one(world, picture(min(SCENES), 0), "IMG_0001.jpg", Area.DRAFTS, key, [])]

    def _one(
        self,
        world: World,
        drawn: bytes,
        name: str,
        area: Area,
        key: bytes,
        already: Sequence[StoredFile],
    ) -> StoredFile:
        return take_in(
            drawn,
            name,
            area=area,
            already=already,
            custodians=live_keys(world.session),
            store=self.store,
            scrubber=self._scrubber,
            key=key,
            entropy=world.entropy,
            now=world.now,
        )
