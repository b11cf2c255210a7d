"""The routing rules: ordered conditions, each naming a group and two sentences."""

from collections.abc import Mapping
from datetime import datetime

from portal.presets.entries import Entry, by_code
from portal.presets.kinds import HAZARD_LEVELS, Conditions, RoutingRule, RoutingRuleSet
from portal.presets.parts.common import Known, clock_data, head, words_data

REQUIRED = "rules"
_SETS = "jurisdictions categories sectors kinds channels levels units"


def read(
    fields: Mapping[str, Entry], known: Known, version: int, holds_from: datetime
) -> RoutingRuleSet:
    """Build the rule set; the last rule asks nothing and sends to a desk."""
    entries = fields["rules"].items(least=1)
    rules = tuple(by_code(entries, lambda entry: _rule(entry, known), key="id").values())
    last = entries[-1]
    if rules[-1].when != Conditions():
        raise last.named()["when"].fault(
            "the last rule must ask nothing, so that it catches what no other does"
        )
    if known.groups is not None and known.groups[rules[-1].to] != "desk":
        raise last.named()["to"].fault(f'the last rule must name a desk; "{rules[-1].to}" is none')
    return RoutingRuleSet(**head(fields, version, holds_from), rules=rules)


def _rule(entry: Entry, known: Known) -> RoutingRule:
    fields = entry.fields("id to why why_public", "when")
    to = fields["to"].code()
    if known.groups is not None:
        fields["to"].one_of(known.groups, "no group has the code")
    return RoutingRule(
        id=fields["id"].code(),
        when=_conditions(fields["when"], known) if "when" in fields else Conditions(),
        to=to,
        why=fields["why"].words(),
        why_public=fields["why_public"].words(),
    )


def _conditions(entry: Entry, known: Known) -> Conditions:
    fields = entry.fields("", f"{_SETS} hours")
    heads = None
    if known.categories is not None:
        heads = {
            ".".join(code.split(".")[:count])
            for code in known.categories
            for count in range(1, len(code.split(".")) + 1)
        }
    checks = {
        "jurisdictions": (known.jurisdictions, "there is no jurisdiction"),
        "categories": (heads, "there is no category"),
        "sectors": (known.sectors, "there is no sector"),
        "kinds": (known.report_kinds, "there is no kind of report"),
        "channels": (known.channels, "there is no channel"),
        "levels": (frozenset(HAZARD_LEVELS), "there is no level"),
        "units": (None, ""),
    }
    sets: dict[str, frozenset[str]] = {}
    for name in _SETS.split():
        codes, reason = checks[name]
        if name not in fields:
            sets[name] = frozenset()
        elif codes is None:
            sets[name] = frozenset(item.text() for item in fields[name].items(least=1))
        else:
            sets[name] = fields[name].codes(codes, reason)
    return Conditions(
        jurisdictions=sets["jurisdictions"],
        categories=sets["categories"],
        sectors=sets["sectors"],
        kinds=sets["kinds"],
        channels=sets["channels"],
        levels=sets["levels"],
        units=sets["units"],
        hours=fields["hours"].span() if "hours" in fields else None,
    )


def write(rule_set: RoutingRuleSet) -> dict[str, object]:
    """Return the rule set as plain data."""
    return {"rules": [_rule_data(rule) for rule in rule_set.rules]}


def _rule_data(rule: RoutingRule) -> dict[str, object]:
    when: dict[str, object] = {
        name: sorted(getattr(rule.when, name)) for name in _SETS.split() if getattr(rule.when, name)
    }
    if rule.when.hours:
        when["hours"] = [clock_data(moment) for moment in rule.when.hours]
    return {
        "id": rule.id,
        **({"when": when} if when else {}),
        "to": rule.to,
        "why": words_data(rule.why),
        "why_public": words_data(rule.why_public),
    }
