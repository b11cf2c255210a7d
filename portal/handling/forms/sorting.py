"""Forms of the moves at the desk."""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields import DateField, SelectChoice, SelectField
from wtforms.validators import Optional

from portal.cases.kinds import OFFICE_SAID, PRIORITY_LABELS, Priority
from portal.cases.lifecycle import commands as c
from portal.cases.queries import hot_categories
from portal.handling.forms.base import (
    LINE_MAX,
    YES_NO,
    AtCase,
    MoveForm,
    UuidRadio,
    UuidSelect,
    WithUnit,
    chosen,
    line,
    radios,
    words,
)
from portal.presets.kinds import Preset, Reason

PRIORITIES = [SelectChoice(code.value, label) for code, label in PRIORITY_LABELS.items()]


def category_choices(preset: Preset, language: str) -> list[SelectChoice]:
    """Return every category under its sector's name, "not settled" first."""
    taxonomy = preset.taxonomy
    found = [SelectChoice("", _("Not settled yet"))]
    for code, category in taxonomy.categories.items():
        sector = taxonomy.sectors[category.sector].in_language(language)
        label = f"{sector} › {category.name.in_language(language)}"
        if category.office:
            office = taxonomy.offices[category.office].name.in_language(language)
            label = _("%(category)s (a matter of: %(office)s)", category=label, office=office)
        found.append(SelectChoice(code, label))
    return found


def kind_choices(preset: Preset, language: str) -> list[SelectChoice]:
    """Return the kinds of report."""
    kinds = preset.taxonomy.report_kinds.items()
    return [SelectChoice(code, name.in_language(language)) for code, name in kinds]


def place_choices(preset: Preset, language: str) -> list[SelectChoice]:
    """Return districts and their townships; a township's value names both."""
    found = [SelectChoice("", _("Not settled yet"))]
    for code, one in preset.taxonomy.jurisdictions.items():
        name = one.name.in_language(language)
        found.append(SelectChoice(code, name))
        for township in one.townships:
            label = f"{name} › {township.name.in_language(language)}"
            found.append(SelectChoice(f"{code}/{township.code}", label))
    return found


def place_value(jurisdiction: str | None, township: str | None) -> str:
    """Return the value of a place among `place_choices`."""
    if not jurisdiction:
        return ""
    return f"{jurisdiction}/{township}" if township else jurisdiction


def settled_place(value: str | None) -> tuple[str, str | None]:
    """Return district and township of a value of `place_choices`."""
    jurisdiction, _slash, township = (value or "").partition("/")
    return jurisdiction, township or None


class AcceptForm(WithUnit):
    alias = {"township": "jurisdiction"}

    kind = SelectField(_l("Kind of report"), validate_choice=False)
    category = SelectField(_l("Settled category"), validate_choice=False)
    jurisdiction = SelectField(_l("Place"), validate_choice=False)

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        case = at.facts.case
        self.kind.choices = kind_choices(at.preset, at.language)
        self.category.choices = category_choices(at.preset, at.language)
        self.jurisdiction.choices = place_choices(at.preset, at.language)
        if self.is_fresh:
            claimed = at.sheet.reports[0].claimed_category if at.sheet.reports else None
            self.kind.data = case.kind
            self.category.data = case.category or claimed or ""
            self.jurisdiction.data = place_value(at.sheet.case.jurisdiction, at.sheet.case.township)

    def command(self, at: AtCase) -> c.Accept:
        jurisdiction, township = settled_place(self.jurisdiction.data)
        return c.Accept(
            **self.first(at),
            kind=self.kind.data or "",
            category=self.category.data or "",
            jurisdiction=jurisdiction,
            township=township,
            unit_id=self.unit_id.data,
        )


class DispatchForm(MoveForm):
    group_id = UuidSelect(_l("Group"))
    priority = radios(_l("Urgency"), PRIORITIES)
    suspected_major = radios(_l("May it be a major hazard?"), YES_NO)
    reason = words(_l("Reason"), _l("Needed where it is not the group proposed."), LINE_MAX)

    def suit(self, at: AtCase) -> None:
        self.group_id.choices = at.group_choices()
        if self.is_fresh:
            case = at.facts.case
            hot = case.category in hot_categories(at.preset)
            self.group_id.data = at.facts.proposed_group
            urgent = case.priority is Priority.URGENT or hot
            self.priority.data = (Priority.URGENT if urgent else Priority.NORMAL).value
            self.suspected_major.data = "yes" if case.suspected_major else "no"

    def command(self, at: AtCase) -> c.Dispatch:
        return c.Dispatch(
            **self.first(at),
            group_id=self.group_id.data,
            priority=Priority(chosen(self.priority) or Priority.NORMAL),
            suspected_major=self.suspected_major.data == "yes",
            reason=self.reason.data or "",
        )


class RefuseForm(MoveForm):
    goes_out = True

    reason_code = radios(_l("Reason"))
    explanation = words(
        _l("What the reporter reads besides it"),
        _l("Say it in your own words: why, and where they can turn to."),
    )

    def suit(self, at: AtCase) -> None:
        # The advice goes out with the reason: whoever chooses sees it.
        self.reason_code.choices = [
            SelectChoice(code, _with_advice(reason, at.language))
            for code, reason in at.preset.taxonomy.refusal_reasons.items()
        ]

    def command(self, at: AtCase) -> c.Refuse:
        return c.Refuse(
            **self.first(at),
            reason_code=chosen(self.reason_code) or "",
            explanation=self.explanation.data or "",
        )

    def preview(self, at: AtCase) -> list[tuple[str, str]]:
        reason = at.preset.taxonomy.refusal_reasons[chosen(self.reason_code) or ""]
        said = _(
            "We did not take this on, because: %(reason)s.",
            reason=reason.name.in_language(at.language),
        )
        advice = reason.advice.in_language(at.language) if reason.advice else ""
        parts = [said, self.explanation.data or "", advice]
        return [(_("The reporter reads"), "\n".join(part for part in parts if part))]


def _with_advice(reason: Reason, language: str) -> str:
    name = reason.name.in_language(language)
    if reason.advice is None:
        return name
    return str(
        _(
            "%(reason)s (advice: %(advice)s)",
            reason=name,
            advice=reason.advice.in_language(language),
        )
    )


def others_office(at: AtCase) -> str:
    """Return the office whose matter it is by the category as settled, else as claimed; or ""."""
    claimed = at.sheet.reports[0].claimed_category if at.sheet.reports else None
    category = at.preset.taxonomy.categories.get(at.facts.case.category or claimed or "")
    return category.office if category else ""


class _HandOverForm(MoveForm):
    goes_out = True
    move = ""

    office = SelectField(_l("Office"), validate_choice=False)
    handover = line(
        _l("How and to whom it was handed over"),
        _l("Number of the letter, who took it; the reporter does not read this."),
    )
    explanation = words(_l("What the reporter reads"), _l("Why it goes there and what follows."))

    def suit(self, at: AtCase) -> None:
        able = {
            code: office
            for code, office in at.preset.taxonomy.offices.items()
            if self.move in office.moves
        }
        self.office.choices = [SelectChoice("", _("Choose an office")), *at.named(able)]
        if self.is_fresh:
            office = others_office(at)
            self.office.data = office if office in able else ""

    def given(self, at: AtCase) -> dict[str, Any]:
        return {
            **self.first(at),
            "office": self.office.data or "",
            "handover": self.handover.data or "",
            "explanation": self.explanation.data or "",
        }

    def preview(self, at: AtCase) -> list[tuple[str, str]]:
        office = at.preset.taxonomy.offices[self.office.data or ""]
        said = _("Passed on to: %(office)s.", office=office.name.in_language(at.language))
        advice = office.advice.in_language(at.language) if office.advice else ""
        parts = [said, self.explanation.data or "", advice]
        return [(_("The reporter reads"), "\n".join(part for part in parts if part))]


class TransferOutForm(_HandOverForm):
    move = "transfer_out"

    def command(self, at: AtCase) -> c.TransferOut:
        return c.TransferOut(**self.given(at))


class ReferAccidentForm(_HandOverForm):
    move = "refer_accident"

    def command(self, at: AtCase) -> c.ReferAccident:
        return c.ReferAccident(**self.given(at))


class RecordReplyForm(MoveForm):
    goes_out = True

    said = radios(
        _l("What did the office say?"),
        [SelectChoice(code, label) for code, label in OFFICE_SAID.items()],
    )
    reply = words(
        _l("In its words"), _l("The reporter reads this on the receipt page. Name no person.")
    )

    def command(self, at: AtCase) -> c.RecordReply:
        return c.RecordReply(
            **self.first(at), said=chosen(self.said) or "", reply=self.reply.data or ""
        )

    def preview(self, at: AtCase) -> list[tuple[str, str]]:
        said = str(OFFICE_SAID[chosen(self.said) or ""])
        return [(_("The reporter reads"), f"{said}\n{self.reply.data or ''}")]


class MergeForm(MoveForm):
    into_id = line(_l("Number of the case that goes on"), _l("For example 2026-0431."), 20)
    reason = line(_l("Why it is the same matter"))

    def command(self, at: AtCase) -> c.Merge:
        return c.Merge(
            **self.first(at),
            into_id=at.numbered(self.into_id.data or ""),
            reason=self.reason.data or "",
        )


class SplitForm(MoveForm):
    report_id = UuidRadio(_l("What leaves"))
    part = words(_l("What the part that becomes its own case is about"), longest=LINE_MAX)

    def suit(self, at: AtCase) -> None:
        here = at.facts.case.id
        choices = [
            SelectChoice(
                str(report.id),
                _(
                    "A report that was merged in: %(words)s",
                    words=at.sheet.text(report.text_id)[:40],
                ),
            )
            for report in at.sheet.reports
            if report.origin_case_id != here
        ]
        self.report_id.choices = [*choices, SelectChoice("", _("A part, as a new case"))]
        if self.is_fresh and not choices:
            self.report_id.data = ""

    def command(self, at: AtCase) -> c.Split:
        return c.Split(
            **self.first(at), report_id=self.report_id.data or None, part=self.part.data or ""
        )


class SetAsideForm(MoveForm):
    until = DateField(_l("Comes back on"), [Optional()])
    #: One line: Enter sends it, and the day is proposed.
    reason = line(_l("Reason"))

    def suit(self, at: AtCase) -> None:
        if at.facts.case.set_aside_until:
            self.until.description = _("Leave it empty to bring it back now.")
        elif self.is_fresh:
            self.until.data = at.facts.today + timedelta(days=1)

    def command(self, at: AtCase) -> c.SetAside:
        return c.SetAside(**self.first(at), until=self.until.data, reason=self.reason.data or "")


class ChangeLaneForm(MoveForm):
    def command(self, at: AtCase) -> c.ChangeLane:
        return c.ChangeLane(**self.first(at), slow=not at.facts.case.slow_lane)


class TakeBackForm(MoveForm):
    def command(self, at: AtCase) -> c.TakeBack:
        return c.TakeBack(**self.first(at))
