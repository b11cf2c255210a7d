"""What routing looks at, and the explanation that it gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.presets.kinds import Taxonomy, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What is known of a case when it is routed; None: not known yet.

    `at` is local: its wall-clock time is compared with the hours of a rule.
    """

    at: datetime
    jurisdiction: str | None = None
    category: str | None = None
    sector: str | None = None
    kind: str | None = None
    level: str | None = None
    unit: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFacts:
    """Whether somebody is there: members of the group, and how many of them are away."""

    exists: bool = True
    people_count: int = 0
    on_leave: int = 0

    @property
    def trouble(self) -> str | None:
        """Return `gone`, `empty` or `away`, or None where somebody can act."""
        if not self.exists:
            return "gone"
        if self.people_count <= 0:
            return "empty"
        return "away" if self.on_leave >= self.people_count else None


GONE = GroupFacts(exists=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One rule that was looked at. `failed` is a code of `words.FAILED`; None: it decided."""

    rule_id: str
    matched: bool
    failed: str | None = None
    #: The codes that the rule wanted, and the one that the matter had.
    wanted: tuple[str, ...] = ()
    had: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "rule_id": self.rule_id,
            "matched": self.matched,
            "failed": self.failed,
            "wanted": list(self.wanted),
            "had": self.had,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Where a matter goes and why; stored with the dispatch.

    `fell_back`: a rule matched, but its group could not take it, so the duty desk has it.
    `alarm` is a code of `words.ALARMS`, about the group `alarm_group`.
    """

    rule_id: str
    to: str
    version: int
    tried: tuple[Tried, ...]
    why: Words
    why_public: Words
    fell_back: bool = False
    alarm: str | None = None
    alarm_group: str = ""
    #: Groups that a conflict of interest kept out.
    excluded: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return plain data that `explanation_of` reads again."""
        return {
            "rule_id": self.rule_id,
            "to": self.to,
            "version": self.version,
            "tried": [item.as_json() for item in self.tried],
            "why": {"zh": self.why.zh, "en": self.why.en},
            "why_public": {"zh": self.why_public.zh, "en": self.why_public.en},
            "fell_back": self.fell_back,
            "alarm": self.alarm,
            "alarm_group": self.alarm_group,
            "excluded": list(self.excluded),
        }


def explanation_of(data: Mapping[str, Any]) -> Explanation:
    """Read what `Explanation.as_json` gave."""
    return Explanation(
        rule_id=data["rule_id"],
        to=data["to"],
        version=data["version"],
        tried=tuple(
            Tried(
                rule_id=item["rule_id"],
                matched=item["matched"],
                failed=item["failed"],
                wanted=tuple(item["wanted"]),
                had=item["had"],
            )
            for item in data["tried"]
        ),
        why=Words(**data["why"]),
        why_public=Words(**data["why_public"]),
        fell_back=data["fell_back"],
        alarm=data["alarm"],
        alarm_group=data["alarm_group"],
        excluded=tuple(data["excluded"]),
    )


def matter_of(
    taxonomy: Taxonomy,
    *,
    at: datetime,
    jurisdiction: str | None = None,
    category: str | None = None,
    sector: str | None = None,
    kind: str | None = None,
    level: str | None = None,
    unit: str | None = None,
    channel: str | None = None,
) -> Matter:
    """Return the matter. A known category settles the sector; `sector` counts only without one."""
    known = taxonomy.categories.get(category or "")
    return Matter(
        at=at,
        jurisdiction=jurisdiction,
        category=category,
        sector=known.sector if known else sector,
        kind=kind,
        level=level,
        unit=unit,
        channel=channel,
    )
