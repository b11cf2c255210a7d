"""From events back to rows: what the history says the case and its things must look like."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class Recorded(Protocol):
    """An event as replay reads it."""

    @property
    def case_version(self) -> int | None: ...
    @property
    def to_state(self) -> str | None: ...
    @property
    def payload(self) -> Mapping[str, Any]: ...


@dataclass(slots=True)
class Replayed:
    """Columns as JSON data: of the case, and of each thing by table and id."""

    case: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)


def replay(events: Iterable[Recorded]) -> Replayed:
    """Fold events, oldest first, into the columns that they give."""
    result = Replayed()
    for event in events:
        result.case.update(event.payload.get("set", {}))
        result.case["state"] = event.to_state
        result.case["version"] = event.case_version
        for table, rows in event.payload.get("rows", {}).items():
            for row_id, values in rows.items():
                result.rows.setdefault(table, {}).setdefault(row_id, {}).update(values)
    return result
