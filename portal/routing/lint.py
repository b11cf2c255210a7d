"""What is wrong with a rule set: dead targets, rules that never apply, gaps."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from portal.presets.kinds import HAZARD_LEVELS, RoutingRule, RoutingRuleSet, Taxonomy
from portal.routing.boxes import Box, common, contains, covered, is_empty, space_of
from portal.routing.engine import covers, route
from portal.routing.matters import GONE, GroupFacts, matter_of
from portal.routing.words import FINDINGS

NOON = datetime(2000, 1, 1, 12, tzinfo=UTC)


class Severity(StrEnum):
    """An error makes `routing lint` exit 1; a warning is only shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault; `code` is in `words.FINDINGS`, `values` are codes for its placeholders."""

    code: str
    severity: Severity
    rule_id: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """Return the message id."""
        return FINDINGS[self.code]

    def as_json(self) -> dict[str, Any]:
        """Return plain data with the sentence in English."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "rule_id": self.rule_id,
            "values": dict(self.values),
            "message": self.message % dict(self.values),
        }


def lint(
    rule_set: RoutingRuleSet, taxonomy: Taxonomy, groups: Mapping[str, GroupFacts]
) -> list[Finding]:
    """Return all findings, errors first, each kind in the order of the rules.

    `groups` holds every group that is set up, by code, with who is there.
    """
    if not rule_set.rules:
        return [_error("no_rules")]
    found = [
        *_targets(rule_set, groups),
        *_codes(rule_set, taxonomy),
        *_order(rule_set, taxonomy),
        *_gaps(rule_set, taxonomy, groups),
    ]
    return sorted(found, key=lambda finding: finding.severity is not Severity.ERROR)


def has_errors(findings: Sequence[Finding]) -> bool:
    """Whether `routing lint` must exit 1."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def _error(code: str, rule_id: str | None = None, **values: str) -> Finding:
    return Finding(code=code, severity=Severity.ERROR, rule_id=rule_id, values=values)


def _warning(code: str, rule_id: str | None = None, **values: str) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, rule_id=rule_id, values=values)


def _targets(rule_set: RoutingRuleSet, groups: Mapping[str, GroupFacts]) -> Iterator[Finding]:
    for rule in rule_set.rules:
        values = {"rule": rule.id, "group": rule.to}
        match groups.get(rule.to, GONE).trouble:
            case "gone":
                yield _error("dead_target", rule.id, **values)
            case "empty":
                yield _error("target_without_people", rule.id, **values)
            case "away":
                yield _warning("target_away", rule.id, **values)
    named = {rule.to for rule in rule_set.rules}
    for code, facts in groups.items():
        if facts.trouble == "empty" and code not in named:
            yield _warning("group_without_people", group=code)


def _codes(rule_set: RoutingRuleSet, taxonomy: Taxonomy) -> Iterator[Finding]:
    """A rule may outlive the code that it asks for, since both have versions of their own."""
    for rule in rule_set.rules:
        when = rule.when
        for wanted, known in (
            (when.jurisdictions, taxonomy.jurisdictions),
            (when.sectors, taxonomy.sectors),
            (when.kinds, taxonomy.report_kinds),
            (when.channels, taxonomy.channels),
            (when.levels, HAZARD_LEVELS),
        ):
            for code in sorted(wanted):
                if code not in known:
                    yield _error("unknown_code", rule.id, rule=rule.id, asked=code)
        for head in sorted(when.categories):
            if not any(covers(head, code) for code in taxonomy.categories):
                yield _error("unknown_code", rule.id, rule=rule.id, asked=head)


def _order(rule_set: RoutingRuleSet, taxonomy: Taxonomy) -> Iterator[Finding]:
    space = space_of(rule_set, taxonomy, HAZARD_LEVELS)
    before: list[tuple[RoutingRule, Box]] = []
    overlaps: list[tuple[str, str]] = []
    for rule in rule_set.rules:
        box = space.box(rule.when)
        if is_empty(box):
            continue  # asks for a code that is no more: named above
        meeting = [(other, area) for other, area in before if not is_empty(common(area, box))]
        twin = next((other for other, area in meeting if area == box and other.to != rule.to), None)
        if twin:
            yield _error("contradiction", rule.id, rule=rule.id, by=twin.id)
        elif meeting and covered(box, [area for _, area in meeting]):
            whole = [other.id for other, area in meeting if contains(area, box)]
            by = whole[:1] or [other.id for other, _ in meeting]
            yield _error("unreachable", rule.id, rule=rule.id, by=", ".join(by))
        else:
            overlaps += [
                (other.id, rule.id)
                for other, area in meeting
                if other.to != rule.to and not contains(area, box) and not contains(box, area)
            ]
        before.append((rule, box))
    last = rule_set.rules[-1]
    if not contains(space.box(last.when), space.box(type(last.when)())):
        yield _error("last_rule_asks", last.id, rule=last.id)
    yield from _overlaps(overlaps)


def _overlaps(pairs: list[tuple[str, str]]) -> Iterator[Finding]:
    """One finding for the rule that meets most others, then for the next: a short list."""
    while pairs:
        counts = Counter(rule_id for pair in pairs for rule_id in pair)
        most = counts.most_common(1)[0][0]
        others = [next(one for one in pair if one != most) for pair in pairs if most in pair]
        yield _warning("overlap", most, rule=most, by=", ".join(others))
        pairs = [pair for pair in pairs if most not in pair]


def _gaps(
    rule_set: RoutingRuleSet, taxonomy: Taxonomy, groups: Mapping[str, GroupFacts]
) -> Iterator[Finding]:
    """Every trade in every place must end where somebody is."""
    nobody: list[tuple[str, str]] = []
    last = rule_set.rules[-1]
    space = space_of(rule_set, taxonomy, HAZARD_LEVELS)
    boxes = [space.box(rule.when) for rule in rule_set.rules[:-1]]
    for category in taxonomy.categories.values():
        subject = (category.code, category.sector)
        if not any(subject in box[0] and not is_empty(box) for box in boxes):
            yield _warning("category_without_rule", last.id, category=category.code)
        for place in taxonomy.jurisdictions:
            matter = matter_of(
                taxonomy,
                at=NOON,
                category=category.code,
                jurisdiction=place,
                kind=next(iter(taxonomy.report_kinds), None),
                channel=next(iter(taxonomy.channels), None),
            )
            explanation = route(rule_set, matter, live_groups=groups)
            if groups.get(explanation.to, GONE).trouble in ("gone", "empty"):
                nobody.append((category.code, place))
    if nobody:
        category_code, place = nobody[0]
        yield _error(
            "no_live_group",
            count=str(len(nobody)),
            category=category_code,
            jurisdiction=place,
        )
