"""Rewards: the rules with their amounts, reasons for none, who signs, how long one can claim."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from portal.presets.entries import Entry, by_code
from portal.presets.parts.common import (
    Known,
    head,
    named_words,
    named_words_data,
    words_beside,
    words_data,
)
from portal.presets.rewarding import (
    ACCIDENTS,
    BY_FINE,
    FIXED,
    PER_PERSON,
    SIGNING_ROLES,
    WAYS,
    RewardRule,
    RewardRules,
)

REQUIRED = (
    "rules employee_percent uplift_over_most anonymous claim_days not_rewarded may_approve "
    "one_of_them"
)
_RULE = "code zh en by most"
_RULE_MORE = "percent per_person least"
#: Beyond this a sum is a slip of the pen.
MOST_YUAN = 100_000_000


def read(
    fields: Mapping[str, Entry], known: Known, version: int, holds_from: datetime
) -> RewardRules:
    """Build the rules; two people sign, so that somebody must be able to."""
    may = fields["may_approve"].codes(SIGNING_ROLES, "this role signs for no reward:")
    if not may:
        raise fields["may_approve"].fault("somebody must be able to sign")
    one_of = fields["one_of_them"].codes(may, "this role is not among those that sign:")
    return RewardRules(
        **head(fields, version, holds_from),
        rules=tuple(by_code(fields["rules"].items(least=1), _rule).values()),
        employee_percent=fields["employee_percent"].whole(0, 100),
        uplift_over_most=fields["uplift_over_most"].flag(),
        anonymous=fields["anonymous"].flag(),
        claim_days=fields["claim_days"].whole(1, 730),
        not_rewarded=named_words(fields["not_rewarded"]),
        may_approve=may,
        one_of_them=one_of,
    )


def _rule(entry: Entry) -> RewardRule:
    fields = entry.fields(_RULE, _RULE_MORE)
    by = fields["by"].one_of(WAYS, "an amount does not come about by")
    wanted = {BY_FINE: "percent", PER_PERSON: "per_person", FIXED: "least"}[by]
    if wanted not in fields:
        raise entry.fault(f'a rule by "{by}" needs "{wanted}"')
    least = fields["least"].whole(0, MOST_YUAN) if "least" in fields else 0
    most = fields["most"].whole(1, MOST_YUAN)
    if least > most:
        raise fields["least"].fault("it is more than the most")
    each = {}
    for name, sum_ in fields["per_person"].named().items() if by == PER_PERSON else ():
        if name not in ACCIDENTS:
            raise sum_.fault(f'there is no class of accidents "{name}"')
        each[name] = sum_.whole(1, MOST_YUAN)
    return RewardRule(
        code=fields["code"].code(),
        name=words_beside(entry, _RULE, _RULE_MORE),
        by=by,
        percent=fields["percent"].whole(1, 100) if by == BY_FINE else 0,
        per_person=MappingProxyType(each),
        least=least,
        most=most,
    )


def write(rules: RewardRules) -> dict[str, object]:
    """Return the rules as plain data."""
    return {
        "rules": [
            {
                "code": rule.code,
                **words_data(rule.name),
                "by": rule.by,
                **({"percent": rule.percent} if rule.by == BY_FINE else {}),
                **({"per_person": dict(rule.per_person)} if rule.by == PER_PERSON else {}),
                "least": rule.least,
                "most": rule.most,
            }
            for rule in rules.rules
        ],
        "employee_percent": rules.employee_percent,
        "uplift_over_most": rules.uplift_over_most,
        "anonymous": rules.anonymous,
        "claim_days": rules.claim_days,
        "not_rewarded": named_words_data(rules.not_rewarded),
        "may_approve": sorted(rules.may_approve),
        "one_of_them": sorted(rules.one_of_them),
    }
