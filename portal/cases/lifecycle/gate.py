"""Whether a move is open to somebody, for the page that offers it and the service that takes it."""

from dataclasses import dataclass

from portal.access.kinds import Actor, Role
from portal.access.policy import may
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import guards
from portal.cases.lifecycle.changes import Lack
from portal.cases.lifecycle.facts import Facts
from portal.cases.lifecycle.move import Move
from portal.cases.lifecycle.moves import MOVES
from portal.foundation.errors import Incomplete, OutOfTurn


@dataclass(frozen=True, slots=True)
class Offer:
    """A move as the panel shows it: open, or refused with the guard's own reason."""

    move: Move
    lack: Lack | None

    @property
    def is_open(self) -> bool:
        return self.lack is None


def not_open(move: Move, facts: Facts) -> Lack | None:
    """Say why `move` is not open to the case and person of `facts`; None: it is."""
    if facts.case.state not in move.sources:
        return Lack("not_in_this_state", values={"state": facts.case.state})
    if move.untied and facts.actor.role is not Role.LEAD and guards.untied(facts):
        # A lead sees the form: the override is a field of it.
        return guards.untied(facts)
    return move.open_if(facts)


def check(move: Move, facts: Facts, command: c.Command) -> None:
    """Raise OutOfTurn if `move` is not open, Incomplete (naming the field) if its command lacks
    something.
    """
    lack = not_open(move, facts)
    if lack is not None:
        raise OutOfTurn(lack.reason, lack.values)
    lack = (guards.untied(facts, command) if move.untied else None) or move.complete_if(
        facts, command
    )
    if lack is not None:
        raise Incomplete(lack.field, lack.reason, **lack.values)


def offers(actor: Actor, facts: Facts) -> list[Offer]:
    """Return every move that the policy gives the actor here, open ones first."""
    own = [
        Offer(move, not_open(move, facts)) for move in MOVES if may(actor, move.action, facts.case)
    ]
    return sorted(own, key=lambda offer: not offer.is_open)
