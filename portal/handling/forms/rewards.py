"""Forms of the moves about rewards."""

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields import BooleanField, SelectChoice

from portal.cases.lifecycle import reward_commands as r
from portal.handling.forms.base import (
    LINE_MAX,
    AtCase,
    Overriding,
    UuidChecks,
    UuidRadio,
    as_uuid,
    chosen,
    line,
    radios,
    words,
)
from portal.presets.rewarding import BY_FINE, FIXED, PER_PERSON, RewardRule
from portal.rewards.kinds import ACCIDENT_LABELS
from portal.rewards.lifecycle import FEN, Measure, first_valid
from portal.web.filters import day_part, number
from portal.web.rewards import arithmetic

#: Yuan with at most two places, thousands marked or not.
YUAN = re.compile(r"(\d{1,12})(?:\.(\d{1,2}))?")


def fen(typed: str | None) -> int | None:
    """Return yuan as somebody types them in fen; None for anything else."""
    said = (typed or "").translate({ord(mark): None for mark in ", ，元￥¥"})
    found = YUAN.fullmatch(said) if said.isascii() else None
    if found is None:
        return None
    return int(found[1]) * FEN + int((found[2] or "").ljust(2, "0"))


def whole(typed: str | None) -> int | None:
    """Return a whole number as somebody types it; None for anything else."""
    said = (typed or "").replace(",", "").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 9 else None


def report_choices(at: AtCase, wanted: Any) -> list[SelectChoice]:
    """Return the reports of `wanted` in the order of filing, each as staff know it."""
    rows = {one.id: one for one in at.sheet.reports}
    found = []
    for turn, one in enumerate(at.facts.rewards.filed, start=1):
        if one.id not in wanted:
            continue
        who = _("named, sealed") if one.is_named else _("anonymous")
        parts = {"number": turn, "when": day_part(rows[one.id].filed_at), "who": who}
        label = _("Report %(number)s by the order of filing: %(when)s, %(who)s", **parts)
        found.append(SelectChoice(str(one.id), label))
    return found


class ProposeRewardForm(Overriding):
    rule = radios(_l("By which rule"))
    fine = line(
        _l("The fine that was decided, in yuan"),
        _l("For a rule by the fine: 60000 or 1234.50."),
        20,
    )
    accident = radios(_l("Class of the accident (only for a concealed accident)"))
    persons = line(_l("Proven dead (only for a concealed accident)"), longest=9)
    set_sum = line(_l("The sum in whole yuan (only for a rule with a fixed sum)"), longest=12)
    employee = BooleanField(_l("The reporter works at the unit: checked"))
    among = UuidChecks(_l("Reports that told of this hazard"))
    reason = words(
        _l("Why"), _l("Whoever signs reads it: what shows the fine, and who is left out."), 2000
    )

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        facts = at.facts.rewards
        self.rule.choices = [
            SelectChoice(rule.code, _rule_words(rule, at.language)) for rule in facts.rules.rules
        ]
        ways = {rule.by for rule in facts.rules.rules}
        if BY_FINE not in ways:
            del self.fine
        if PER_PERSON not in ways:
            del self.accident, self.persons
        else:
            classes = {name for rule in facts.rules.rules for name in rule.per_person}
            self.accident.choices = [
                SelectChoice(code, label)
                for code, label in ACCIDENT_LABELS.items()
                if code in classes
            ]
        if FIXED not in ways:
            del self.set_sum
        self.among.choices = report_choices(at, {one.id for one in facts.filed})
        self.among.description = _(
            "The first of them by the order of filing that the rules allow is rewarded, whatever"
            " was merged into what and when."
        )
        if self.is_fresh:
            self.among.data = [one.id for one in facts.filed]
            first = first_valid(facts.filed, self.among.data, facts.rules)
            self.employee.data = bool(first and first.is_employee)

    def command(self, at: AtCase) -> r.ProposeReward:
        rule = at.facts.rewards.rules.rule(chosen(self.rule))
        by = rule.by if rule else ""
        # What belongs to another rule is no part of this one's arithmetic.
        return r.ProposeReward(
            **self.first(at),
            rule=chosen(self.rule),
            measure=Measure(
                fine_fen=fen(self.fine.data) if by == BY_FINE else None,
                accident=chosen(self.accident) if by == PER_PERSON else None,
                persons=whole(self.persons.data) if by == PER_PERSON else None,
                set_sum=whole(self.set_sum.data) if by == FIXED else None,
                employee=bool(self.employee.data),
            ),
            among=tuple(one for one in self.among.data or () if one is not None),
            reason=self.reason.data or "",
        )


def _rule_words(rule: RewardRule, language: str) -> str:
    name = rule.name.in_language(language)
    bounds = {"name": name, "least": number(rule.least), "most": number(rule.most)}
    if rule.by == BY_FINE:
        told = _("%(name)s: %(percent)s per cent of the fine, from %(least)s to %(most)s yuan")
        return str(told % {**bounds, "percent": rule.percent})
    if rule.by == PER_PERSON:
        return str(_("%(name)s: so much for each proven dead, at most %(most)s yuan") % bounds)
    return str(_("%(name)s: a sum from %(least)s to %(most)s yuan") % bounds)


class _AboutWaiting(Overriding):
    """A proposal that waits for signatures, with everything that a signature stands for."""

    reward_id = UuidRadio(_l("What was proposed"))

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        waiting = [row for row in at.sheet.rewards if row.ended_at is None and row.rule]
        waiting = [row for row in waiting if row.confirmed_at is None]
        self.reward_id.choices = [SelectChoice(str(row.id), _said(row, at)) for row in waiting]
        if self.is_fresh and len(waiting) == 1:
            self.reward_id.data = as_uuid(str(waiting[0].id))


def _said(row: Any, at: AtCase) -> str:
    steps = arithmetic(at.sheet.reckoned.get(row.id))
    parts = {"amount": number(row.amount), "how": "; ".join(steps)}
    return str(_("%(amount)s yuan. %(how)s", **parts))


class ApproveRewardForm(_AboutWaiting):
    def command(self, at: AtCase) -> r.ApproveReward:
        return r.ApproveReward(**self.first(at), reward_id=self.reward_id.data)


class EndRewardForm(_AboutWaiting):
    reason = words(_l("Reason"), _l("Only staff of the case read it."), LINE_MAX)

    def command(self, at: AtCase) -> r.EndReward:
        return r.EndReward(
            **self.first(at), reward_id=self.reward_id.data, reason=self.reason.data or ""
        )


class DenyRewardForm(Overriding):
    report_id = UuidRadio(_l("Which report"))
    why_not = radios(_l("Why it is not rewarded"), description=_l("The reporter reads it."))
    words = words(
        _l("What the reporter reads besides (optional)"),
        _l("Nothing of other reporters, nobody’s name."),
        LINE_MAX,
    )

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        facts = at.facts.rewards
        self.report_id.choices = report_choices(at, {one.id for one in facts.undecided})
        self.why_not.choices = [
            SelectChoice(code, name.in_language(at.language))
            for code, name in facts.rules.not_rewarded.items()
        ]
        if self.is_fresh and len(self.report_id.choices) == 1:
            self.report_id.data = as_uuid(self.report_id.choices[0].value)

    def command(self, at: AtCase) -> r.DenyReward:
        return r.DenyReward(
            **self.first(at),
            report_id=self.report_id.data,
            why_not=chosen(self.why_not),
            words=self.words.data or "",
        )
