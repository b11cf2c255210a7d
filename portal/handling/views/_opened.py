"""A case opened for a page: who looks at it when, its clocks, facts and moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from portal.access.kinds import Action, Actor, Role
from portal.access.policy import may
from portal.accounts.queries import GroupFacts, live_groups, members_of
from portal.cases import queries
from portal.cases.lifecycle.commands import Command
from portal.cases.lifecycle.facts import Facts
from portal.cases.lifecycle.gate import Offer, not_open, offers
from portal.cases.lifecycle.moves import BY_COMMAND, BY_NAME
from portal.cases.lifecycle.next_step import HANDLERS
from portal.cases.queries import Sheet
from portal.clocks.reading import Reading
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.handling.forms.base import AtCase
from portal.handling.views._evidence import pictures
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.units.queries import units_like
from portal.web.language import current
from portal.web.pages import current_actor


@dataclass(frozen=True, kw_only=True)
class Opened:
    """Everything that pages about one case begin with; what they do not ask for is not read."""

    session: Any
    actor: Actor
    now: datetime
    preset: Preset
    language: str
    case: Any

    @property
    def today(self) -> date:
        return self.now.astimezone(self.preset.limits.zone).date()

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        return queries.clocks_of(self.session, self.case, self.preset, as_of=self.now)

    @cached_property
    def facts(self) -> Facts:
        return queries.facts_of(
            self.session, self.case, self.actor, now=self.now, clocks=self.readings
        )

    @cached_property
    def groups(self) -> Mapping[UUID, GroupFacts]:
        return live_groups(self.session, on=self.today)

    @cached_property
    def offers(self) -> list[Offer]:
        return offers(self.actor, self.facts)

    def offer(self, move: str) -> Offer | None:
        """Return a move as the panel shows it; None: it is not part of the actor's role here."""
        return next((one for one in self.offers if one.move.name == move), None)

    def may(self, move: str) -> bool:
        """Tell whether a move is part of the actor's role here, open or not."""
        return may(self.actor, BY_NAME[move].action, self.case)

    def facts_for(self, command: Command) -> Facts:
        """Read only what decides about the move of `command`."""
        return queries.facts_of(self.session, self.case, self.actor, now=self.now, command=command)

    def is_open(self, command: Command) -> bool:
        """Tell whether the move of `command` would be taken, reading only what decides that."""
        move = BY_COMMAND[type(command)]
        return self.may(move.name) and not_open(move, self.facts_for(command)) is None

    @property
    def is_barred(self) -> bool:
        """Tell whether a tie or stepping back keeps a handler from reading on."""
        return self.is_barred_by(self.facts)

    def is_barred_by(self, facts: Facts) -> bool:
        """Tell the same by facts that were read for one move."""
        return self.actor.role in HANDLERS and self.actor.person_id in facts.barred

    def group_name(self, group_id: UUID | None) -> str:
        group = self.groups.get(group_id) if group_id else None
        return group.name(self.language) if group else ""


def opened(case_id: UUID) -> Opened:
    """Open the case for whoever asks. Raises NotFound for what they can't see."""
    session, actor, moment = db.session(), current_actor(), now()
    return Opened(
        session=session,
        actor=actor,
        now=moment,
        preset=in_force(session, moment),
        language=current(),
        case=queries.case_of(session, actor, case_id, action=Action.READ_FILE),
    )


def at_case(here: Opened, sheet: Sheet) -> AtCase:
    """Return what forms of moves need to know."""
    members: tuple[tuple[UUID, UUID, str], ...] = ()
    if here.case.group_id:
        members = tuple(
            (account.id, account.person_id, account.person.name)
            for account in members_of(here.session, here.case.group_id, on=here.facts.today)
        )

    def numbered(number: str) -> UUID | None:
        found = queries.case_numbered(here.session, here.actor, number)
        return found.id if found else None

    def like(words: str) -> list[tuple[UUID, str]]:
        found = units_like(here.session, words.strip())
        return [(unit.id, f"{unit.name} {unit.address}".strip()) for unit in found]

    return AtCase(
        facts=here.facts,
        preset=here.preset,
        sheet=sheet,
        language=here.language,
        groups=here.groups,
        members=members,
        numbered=numbered,
        units_like=like,
        pictures=lambda: pictures(here, sheet),
    )


def why_visible(here: Opened) -> str:
    """Return the code of the reason why the actor sees this case."""
    role = here.actor.role
    if role is Role.DISPATCHER:
        return "desk"
    if role in HANDLERS:
        return "group" if here.case.group_id == here.actor.group_id else "supervises"
    return role.value
