"""The sentences of routing: why a rule failed, why the alarm, what lint found."""

from collections.abc import Mapping

from portal.foundation.catalogue import _N

#: Why a rule did not match, by the code in `Tried.failed`.
FAILED: Mapping[str, str] = {
    "jurisdiction_differs": _N("The rule is for %(wanted)s; the place lies in %(had)s."),
    "jurisdiction_missing": _N("The rule is for %(wanted)s; the place is not known yet."),
    "category_differs": _N("The rule is for %(wanted)s; the category is %(had)s."),
    "category_missing": _N("The rule is for %(wanted)s; no category is given yet."),
    "sector_differs": _N("The rule is for the sector %(wanted)s; this is %(had)s."),
    "sector_missing": _N("The rule is for the sector %(wanted)s; the sector is not known yet."),
    "kind_differs": _N("The rule is for %(wanted)s; this is %(had)s."),
    "kind_missing": _N("The rule is for %(wanted)s; the kind of report is not known yet."),
    "channel_differs": _N("The rule is for what comes by %(wanted)s; this came by %(had)s."),
    "channel_missing": _N("The rule is for what comes by %(wanted)s; the channel is not known."),
    "level_differs": _N("The rule is for the level %(wanted)s; the level is %(had)s."),
    "level_missing": _N("The rule is for the level %(wanted)s; no level is given yet."),
    "unit_differs": _N("The rule is for %(wanted)s; the report is about %(had)s."),
    "unit_missing": _N("The rule is for %(wanted)s; no unit is named."),
    "hours_differ": _N("The rule holds from %(wanted)s; it was %(had)s."),
    "group_gone": _N("The rule matches, but its group %(group)s no longer exists."),
    "group_empty": _N("The rule matches, but its group %(group)s has no people."),
    "group_away": _N("The rule matches, but everybody in its group %(group)s is away."),
    "group_in_conflict": _N(
        "The rule matches, but its group %(group)s is left out for a conflict of interest."
    ),
}

#: What must be put right, by the code in `Explanation.alarm`.
ALARMS: Mapping[str, str] = {
    "group_gone": _N("A routing rule names the group %(group)s, which no longer exists."),
    "group_empty": _N("A routing rule names the group %(group)s, which has no people."),
    "group_away": _N("A routing rule names the group %(group)s, where everybody is away."),
    "desk_gone": _N("The duty desk %(group)s does not exist: nobody sees what is sent there."),
    "desk_empty": _N("The duty desk %(group)s has no people: nobody sees what is sent there."),
    "desk_away": _N("Everybody at the duty desk %(group)s is away."),
    "desk_in_conflict": _N("The duty desk %(group)s itself has a conflict of interest here."),
    "last_rule_asks": _N("The last routing rule asks for something; it was used all the same."),
}

#: What lint names, by the code of the finding.
FINDINGS: Mapping[str, str] = {
    "dead_target": _N("Rule %(rule)s sends to %(group)s, and there is no such group."),
    "target_without_people": _N("Rule %(rule)s sends to %(group)s, where there is nobody."),
    "target_away": _N("Rule %(rule)s sends to %(group)s, where everybody is away."),
    "group_without_people": _N("There is nobody in the group %(group)s."),
    "unreachable": _N("Rule %(rule)s never applies: rules before it (%(by)s) catch all of it."),
    "contradiction": _N(
        "Rules %(rule)s and %(by)s ask for the same and send to different groups: only the"
        " earlier one ever applies."
    ),
    "overlap": _N(
        "Rule %(rule)s shares cases with %(by)s, which send to other groups; their order decides."
    ),
    "last_rule_asks": _N("The last rule %(rule)s asks for something, so it does not catch all."),
    "no_rules": _N("There is no rule at all."),
    "unknown_code": _N("Rule %(rule)s asks for %(asked)s, which the taxonomy no longer has."),
    "category_without_rule": _N(
        "No rule takes the category %(category)s: it always goes to the duty desk."
    ),
    "no_live_group": _N(
        "%(count)s pairs of category and jurisdiction reach nobody, for example %(category)s in"
        " %(jurisdiction)s."
    ),
}

SEPARATORS = {True: "、", False: ", "}


def joined(names: list[str], language: str) -> str:
    """Join names in the way of the language."""
    return SEPARATORS[language.startswith("zh")].join(names)
