"""Where a matter goes: the first rule that matches, and the duty desk where none can."""

from collections.abc import Mapping
from datetime import time

from portal.presets.kinds import RoutingRule, RoutingRuleSet
from portal.routing.matters import GONE, Explanation, GroupFacts, Matter, Tried


def route(
    rule_set: RoutingRuleSet,
    matter: Matter,
    *,
    live_groups: Mapping[str, GroupFacts],
    conflicts: frozenset[str] = frozenset(),
) -> Explanation:
    """Return the one group that gets the matter, with every rule that was tried.

    The first rule whose conditions all hold decides. If its group is gone, empty, away or in
    `conflicts`, the matter goes to the duty desk and not to a later rule, which was written for
    something else. The last rule always catches, whatever it asks and whoever is there, with an
    alarm if that is wrong: nothing falls through. Raises ValueError for a set without rules.
    """
    if not rule_set.rules:
        raise ValueError("a rule set without rules cannot route")
    *ordered, last = rule_set.rules
    tried: list[Tried] = []
    for rule in ordered:
        failed = _failed(rule, matter)
        if failed is not None:
            tried.append(failed)
            continue
        trouble = _trouble(rule.to, live_groups, conflicts)
        if trouble is None:
            tried.append(Tried(rule_id=rule.id, matched=True))
            return _explanation(rule_set, rule, tried)
        tried.append(
            Tried(rule_id=rule.id, matched=True, failed=f"group_{trouble}", wanted=(rule.to,))
        )
        in_conflict = trouble == "in_conflict"
        return _caught(
            rule_set,
            last,
            matter,
            tried,
            live_groups,
            conflicts,
            alarm=None if in_conflict else (f"group_{trouble}", rule.to),
            excluded=(rule.to,) if in_conflict else (),
            fell_back=True,
        )
    return _caught(rule_set, last, matter, tried, live_groups, conflicts)


def _caught(
    rule_set: RoutingRuleSet,
    last: RoutingRule,
    matter: Matter,
    tried: list[Tried],
    live_groups: Mapping[str, GroupFacts],
    conflicts: frozenset[str],
    *,
    alarm: tuple[str, str] | None = None,
    excluded: tuple[str, ...] = (),
    fell_back: bool = False,
) -> Explanation:
    """The last rule takes the matter; a desk where nobody is outweighs any other alarm."""
    if _failed(last, matter) is not None:
        alarm = alarm or ("last_rule_asks", last.to)
    trouble = _trouble(last.to, live_groups, conflicts)
    if trouble is not None:
        alarm = (f"desk_{trouble}", last.to)
    tried.append(Tried(rule_id=last.id, matched=True))
    return _explanation(rule_set, last, tried, alarm=alarm, excluded=excluded, fell_back=fell_back)


def _explanation(
    rule_set: RoutingRuleSet,
    rule: RoutingRule,
    tried: list[Tried],
    *,
    alarm: tuple[str, str] | None = None,
    excluded: tuple[str, ...] = (),
    fell_back: bool = False,
) -> Explanation:
    code, group = alarm or (None, "")
    return Explanation(
        rule_id=rule.id,
        to=rule.to,
        version=rule_set.version,
        tried=tuple(tried),
        why=rule.why,
        why_public=rule.why_public,
        fell_back=fell_back,
        alarm=code,
        alarm_group=group,
        excluded=excluded,
    )


def _trouble(
    code: str, live_groups: Mapping[str, GroupFacts], conflicts: frozenset[str]
) -> str | None:
    trouble = live_groups.get(code, GONE).trouble
    if trouble is None and code in conflicts:
        return "in_conflict"
    return trouble


def _failed(rule: RoutingRule, matter: Matter) -> Tried | None:
    """The first condition that does not hold, or None."""
    when = rule.when
    for name, wanted, had, holds in (
        ("jurisdiction", when.jurisdictions, matter.jurisdiction, _listed),
        ("category", when.categories, matter.category, _below),
        ("sector", when.sectors, matter.sector, _listed),
        ("kind", when.kinds, matter.kind, _listed),
        ("channel", when.channels, matter.channel, _listed),
        ("level", when.levels, matter.level, _listed),
        ("unit", when.units, matter.unit, _listed),
    ):
        if wanted and (had is None or not holds(wanted, had)):
            return Tried(
                rule_id=rule.id,
                matched=False,
                failed=f"{name}_{'missing' if had is None else 'differs'}",
                wanted=tuple(sorted(wanted)),
                had=had or "",
            )
    now = matter.at.time()
    if when.hours and not within(when.hours, now):
        return Tried(
            rule_id=rule.id,
            matched=False,
            failed="hours_differ",
            wanted=tuple(moment.isoformat("minutes") for moment in when.hours),
            had=now.isoformat("minutes"),
        )
    return None


def _listed(wanted: frozenset[str], had: str) -> bool:
    return had in wanted


def _below(wanted: frozenset[str], had: str) -> bool:
    return any(covers(head, had) for head in wanted)


def covers(head: str, code: str) -> bool:
    """Whether a category code is `head` or lies below it: `fire` takes `fire.exit_blocked`."""
    return code == head or code.startswith(f"{head}.")


def within(hours: tuple[time, time], moment: time) -> bool:
    """Whether a wall-clock time lies in the half-open span, which may cross midnight."""
    start, end = hours
    if start < end:
        return start <= moment < end
    return moment >= start or moment < end
