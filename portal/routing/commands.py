"""What `routing lint` and `routing explain` give; the command line only prints it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.presets.kinds import HAZARD_LEVELS, Preset
from portal.routing.engine import route
from portal.routing.lint import Finding, has_errors, lint
from portal.routing.matters import Explanation, GroupFacts, Matter, matter_of


@dataclass(frozen=True, slots=True)
class LintReport:
    """All findings of the rules in force; `ok` is False where the command must exit 1."""

    version: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return not has_errors(self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return the one JSON document of `--json`."""
        return {
            "ok": self.ok,
            "version": self.version,
            "findings": [finding.as_json() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Trial:
    """A made-up matter and where it would go."""

    matter: Matter
    explanation: Explanation

    def as_json(self) -> dict[str, Any]:
        """Return the one JSON document of `--json`."""
        matter = self.matter
        return {
            "matter": {
                "at": matter.at.isoformat(),
                "jurisdiction": matter.jurisdiction,
                "category": matter.category,
                "sector": matter.sector,
                "kind": matter.kind,
                "level": matter.level,
                "unit": matter.unit,
                "channel": matter.channel,
            },
            "explanation": self.explanation.as_json(),
        }


class UnknownCode(ValueError):
    """A made-up matter names what the taxonomy does not have; the text is for people."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f'The {field} "{code}" is not in the taxonomy.')
        self.field, self.code = field, code


def lint_report(preset: Preset, groups: Mapping[str, GroupFacts]) -> LintReport:
    """Check the rules in force against the taxonomy in force and the groups that are set up."""
    return LintReport(preset.routing.version, tuple(lint(preset.routing, preset.taxonomy, groups)))


def explain(
    preset: Preset,
    *,
    at: datetime,
    live_groups: Mapping[str, GroupFacts],
    conflicts: frozenset[str] = frozenset(),
    jurisdiction: str | None = None,
    category: str | None = None,
    sector: str | None = None,
    kind: str | None = None,
    level: str | None = None,
    unit: str | None = None,
    channel: str | None = None,
) -> Trial:
    """Route a made-up matter by the rules in force; raises UnknownCode for a misspelt code.

    `at` is turned into the city's time.
    """
    taxonomy = preset.taxonomy
    for field, code, known in (
        ("jurisdiction", jurisdiction, taxonomy.jurisdictions),
        ("category", category, taxonomy.categories),
        ("sector", sector, taxonomy.sectors),
        ("kind", kind, taxonomy.report_kinds),
        ("level", level, HAZARD_LEVELS),
        ("channel", channel, taxonomy.channels),
    ):
        if code is not None and code not in known:
            raise UnknownCode(field, code)
    matter = matter_of(
        taxonomy,
        at=at.astimezone(preset.city.zone),
        jurisdiction=jurisdiction,
        category=category,
        sector=sector,
        kind=kind,
        level=level,
        unit=unit,
        channel=channel,
    )
    return Trial(
        matter, route(preset.routing, matter, live_groups=live_groups, conflicts=conflicts)
    )
