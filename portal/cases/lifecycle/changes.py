"""What a move changes, as data: the service writes it, the event holds it, replay folds it."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from portal.cases.kinds import State
from portal.history.kinds import TextKind

NewId = Callable[[], UUID]


@dataclass(frozen=True, slots=True)
class Words:
    """Words that a move brings; `key` names them in the event."""

    key: str
    kind: TextKind
    body: str


@dataclass(frozen=True, slots=True)
class TextOf:
    """Stands in a row's values for the id that the words with this key will get."""

    key: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a thing on the road: made, or (`is_new` false) changed in these columns."""

    table: str
    id: UUID
    values: Mapping[str, Any]
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class OtherChange:
    """What the move does to a second case, in the same transaction, with an event of its own."""

    case_id: UUID
    set: Mapping[str, Any]
    facts: Mapping[str, Any]
    #: None: its state stays.
    state: State | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    #: Columns of the case.
    set: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    #: None: the table's target, or what follows from the items.
    state: State | None = None
    rows: Sequence[Row] = ()
    words: Sequence[Words] = ()
    #: Codes and data for the event besides columns and rows: what clocks and figures need.
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    other: OtherChange | None = None


@dataclass(frozen=True, slots=True)
class Lack:
    """Why a move is not open or a command not complete; `field` is where the message belongs."""

    reason: str
    field: str = ""
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)
