"""What one row of the table of moves holds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.access.kinds import Action
from portal.cases.kinds import State
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle import effects, guards
from portal.cases.lifecycle.changes import Changes, Lack, NewId
from portal.cases.lifecycle.facts import Facts
from portal.history.kinds import EventKind


@dataclass(frozen=True, kw_only=True)
class Move:
    """One row of `DESIGN.md` §4. `target` None: the state stays, or the effect says."""

    name: str
    command: type[c.Command]
    sources: frozenset[State]
    target: State | None = None
    action: Action
    event: EventKind
    #: Why it is not open, looking at case and person alone; the move panel prints it.
    open_if: Callable[[Facts], Lack | None] = guards.always_open
    #: What the command lacks; the form prints it at the field.
    complete_if: Callable[[Facts, Any], Lack | None] = guards.needs_nothing
    effect: Callable[[Facts, Any, NewId], Changes] = effects.nothing
    #: A tie to the unit bars it, unless a lead overrides that with a reason.
    untied: bool = False
