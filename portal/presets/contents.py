"""Frozen values to plain data and back, so that every stored version can be read again."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeAlias, cast

import rfc8785

from portal.presets.areas import Boundaries
from portal.presets.checklist_kinds import Checklist
from portal.presets.duties import SelfInspection
from portal.presets.entries import Entry, entry_of_data
from portal.presets.kinds import (
    Calendar,
    City,
    NoticeTable,
    PresetKind,
    RoutingRuleSet,
    Taxonomy,
    TimeLimitPolicy,
)
from portal.presets.ladders import Ladder
from portal.presets.parts import (
    boundaries,
    calendar,
    checklist,
    city,
    common,
    ladder,
    limits,
    notices,
    rewards,
    routing,
    selfinspection,
    taxonomy,
)
from portal.presets.parts.common import Known
from portal.presets.rewarding import RewardRules

Value: TypeAlias = (
    City
    | TimeLimitPolicy
    | Calendar
    | Taxonomy
    | RoutingRuleSet
    | NoticeTable
    | Ladder
    | RewardRules
    | SelfInspection
    | Boundaries
    | Checklist
)


@dataclass(frozen=True, slots=True)
class Part:
    """How one kind of part is read and written."""

    required: str
    optional: str
    read: Callable[[Mapping[str, Entry], Known, int, datetime], Value]
    write: Callable[[Any], dict[str, object]]


def _part(
    required: str,
    read: Callable[[Mapping[str, Entry], Known, int, datetime], Value],
    write: Callable[[Any], dict[str, object]],
    optional: str = "",
) -> Part:
    optional = f"{common.OPTIONAL} {optional}".strip()
    return Part(f"{common.REQUIRED} {required}", optional, read, write)


#: In the order in which one needs the codes of those before it.
PARTS: Mapping[PresetKind, Part] = {
    PresetKind.TAXONOMY: _part(taxonomy.REQUIRED, taxonomy.read, taxonomy.write, taxonomy.OPTIONAL),
    PresetKind.CITY: _part(city.REQUIRED, city.read, city.write),
    PresetKind.LIMITS: _part(limits.REQUIRED, limits.read, limits.write),
    PresetKind.CALENDAR: _part(calendar.REQUIRED, calendar.read, calendar.write),
    PresetKind.ROUTING: _part(routing.REQUIRED, routing.read, routing.write),
    PresetKind.NOTICES: _part(notices.REQUIRED, notices.read, notices.write),
    PresetKind.LADDER: _part(ladder.REQUIRED, ladder.read, ladder.write),
    PresetKind.REWARDS: _part(rewards.REQUIRED, rewards.read, rewards.write),
    PresetKind.SELF_INSPECTION: _part(
        selfinspection.REQUIRED,
        selfinspection.read,
        selfinspection.write,
        selfinspection.OPTIONAL,
    ),
    PresetKind.BOUNDARIES: _part(boundaries.REQUIRED, boundaries.read, boundaries.write),
}
#: Of these a preset has as many as it likes, each under its code.
CHECKLIST = _part(checklist.REQUIRED, checklist.read, checklist.write, checklist.OPTIONAL)


#: A copy holds for its inspection alone, from no day on.
NOT_SAID = datetime(1970, 1, 1, tzinfo=UTC)


def part_of(kind: PresetKind) -> Part:
    """Return how a kind of part is read and written."""
    return CHECKLIST if kind is PresetKind.CHECKLIST else PARTS[kind]


def to_content(kind: PresetKind, value: Value) -> dict[str, Any]:
    """Return a value as JSON data without version and date, which the row holds."""
    return {
        "basis": value.basis.value,
        **({"source": value.source} if value.source else {}),
        **part_of(kind).write(value),
    }


def from_content(
    kind: PresetKind,
    content: Mapping[str, Any],
    *,
    version: int,
    holds_from: datetime,
    known: Known | None = None,
) -> Value:
    """Return the value that `content` holds; raises PresetError if it is not one.

    With `known`, codes of other parts are checked too.
    """
    part = part_of(kind)
    entry = entry_of_data(content, file=f"stored {kind.value} version {version}")
    fields = entry.fields(part.required, part.optional)
    return part.read(fields, known or Known(), version, holds_from)


def copy_of(value: Checklist) -> dict[str, Any]:
    """Return the copy that an inspection keeps, with its version."""
    return {"version": value.version, "content": to_content(PresetKind.CHECKLIST, value)}


def checklist_of(copy: Mapping[str, Any]) -> Checklist:
    """Return the checklist of a copy, whatever became of it since; callers must not change it."""
    return _read_copy(json.dumps(copy["content"]), copy["version"])


@lru_cache(maxsize=8)  # of the visits under way: each page of one reads the same copy
def _read_copy(content: str, version: int) -> Checklist:
    entry = entry_of_data(json.loads(content), file="copy of a checklist")
    fields = entry.fields(CHECKLIST.required, CHECKLIST.optional)
    return cast(Checklist, CHECKLIST.read(fields, Known(), version, NOT_SAID))


def digest(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical JSON: comments and layout of a file do not count."""
    return hashlib.sha256(rfc8785.dumps(dict(content))).hexdigest()


def known_codes(taxonomy_value: Taxonomy, city_value: City | None = None) -> Known:
    """Return the codes that other parts may name."""
    return Known(
        groups={group.code: group.kind for group in city_value.groups} if city_value else None,
        sectors=frozenset(taxonomy_value.sectors),
        categories=frozenset(taxonomy_value.categories),
        jurisdictions=frozenset(taxonomy_value.jurisdictions),
        report_kinds=frozenset(taxonomy_value.report_kinds),
        channels=frozenset(taxonomy_value.channels),
    )
