"""Forms of the moves at the group, up to the visit and the risk."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Form
from wtforms.fields import (
    BooleanField,
    DateTimeLocalField,
    FieldList,
    FormField,
    MultipleFileField,
    SelectChoice,
    SelectField,
)
from wtforms.validators import Optional

from portal.cases.lifecycle import commands as c
from portal.handling.forms.base import (
    LINE_MAX,
    AtCase,
    MoveForm,
    Overriding,
    UuidChecks,
    UuidRadio,
    UuidSelect,
    WithUnit,
    chosen,
    line,
    radios,
    words,
)
from portal.inspections.kinds import LEVEL_LABELS, Level, Method
from portal.web.filters import local

UPHELD = (SelectChoice("yes", _l("Granted")), SelectChoice("no", _l("Not granted")))
LEVELS = [SelectChoice(one.value, said) for one, said in LEVEL_LABELS.items()]
HAZARDS_MAX = 50


class SignForForm(Overriding):
    def command(self, at: AtCase) -> c.SignFor:
        return c.SignFor(**self.first(at))


class _ReasonForm(MoveForm):
    reason = words(_l("Reason"), longest=LINE_MAX)


class ReturnForm(_ReasonForm):
    def command(self, at: AtCase) -> c.ReturnDispatch:
        return c.ReturnDispatch(**self.first(at), reason=self.reason.data or "")


class AskReturnForm(_ReasonForm):
    def command(self, at: AtCase) -> c.AskReturn:
        return c.AskReturn(**self.first(at), reason=self.reason.data or "")


class DecideReturnForm(Overriding):
    upheld = radios(_l("Ruling"), UPHELD)
    reason = words(_l("Reason"), longest=LINE_MAX)

    def command(self, at: AtCase) -> c.DecideReturn:
        return c.DecideReturn(
            **self.first(at),
            upheld=self.upheld.data == "yes",
            reason=(self.reason.data or "") if chosen(self.upheld) else "",
        )


class ReassignForm(MoveForm):
    group_id = UuidSelect(_l("Group"))
    reason = words(_l("Reason"), longest=LINE_MAX)

    def suit(self, at: AtCase) -> None:
        own = str(at.facts.case.group_id)
        others = [choice for choice in at.group_choices() if choice.value != own]
        self.group_id.choices = [SelectChoice("", _("Choose a group")), *others]

    def command(self, at: AtCase) -> c.Reassign:
        return c.Reassign(
            **self.first(at), group_id=self.group_id.data, reason=self.reason.data or ""
        )


class AssignHandlerForm(Overriding):
    account_id = UuidRadio(_l("Handler"))

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        self.account_id.choices = [
            SelectChoice(str(account), name) for account, _person, name in at.members
        ]
        if self.is_fresh:
            self.account_id.data = at.facts.case.handler_id

    def command(self, at: AtCase) -> c.AssignHandler:
        return c.AssignHandler(**self.first(at), account_id=self.account_id.data)


class HazardRow(Form):
    description = words(_l("What the hazard is"), longest=2000)
    where = line(_l("Where exactly"))
    basis = line(_l("Which rule demands it"), _l("As it is cited; the order prints it."))
    fixed_on_spot = BooleanField(_l("Put right before we left"))

    @property
    def is_empty(self) -> bool:
        """Nothing was typed in it."""
        return not any(
            (one.data or "").strip() for one in (self.description, self.where, self.basis)
        )

    def said(self) -> str:
        """Return what the hazard says, as one of a checklist does: where, what, by which law."""
        what = self.description.data or ""
        if not what.strip():
            return ""
        where = (self.where.data or "").strip()
        parts = [f"{where}：{what.strip()}" if where else what, (self.basis.data or "").strip()]
        return "\n".join(part for part in parts if part)


class InspectForm(WithUnit, Overriding):
    growing = {"hazards": _l("Add a hazard")}

    visited_at = DateTimeLocalField(_l("When you were there"), [Optional()])
    inspectors = UuidChecks(_l("Who inspected"))
    finding = words(_l("What you found"), _l("Also if nothing was found."))
    hazards = FieldList(FormField(HazardRow), min_entries=1, max_entries=HAZARDS_MAX)
    #: The view takes them in before anything is written.
    files = MultipleFileField(
        _l("Photos of the visit"),
        description=_l("JPEG, PNG, WebP, HEIC or PDF. Place, time and model are removed."),
    )

    def suit(self, at: AtCase) -> None:
        WithUnit.suit(self, at)
        self.inspectors.choices = [
            SelectChoice(str(person), name) for _account, person, name in at.members
        ]
        if self.is_fresh:
            self.visited_at.data = local(at.now).replace(second=0, microsecond=0, tzinfo=None)

    def command(self, at: AtCase) -> c.Inspect:
        typed = self.visited_at.data
        zone = at.preset.limits.zone
        found = [row.form for row in self.hazards.entries]
        return c.Inspect(
            **self.first(at),
            visited_at=typed.replace(tzinfo=zone) if typed else None,
            inspectors=tuple(one for one in self.inspectors.data or () if one),
            finding=self.finding.data or "",
            hazards=tuple(
                c.FoundHazard(description=row.said(), fixed_on_spot=row.fixed_on_spot.data)
                for row in found
                if not row.is_empty
            ),
            unit_id=self.unit_id.data,
        )


def hazard_choices(at: AtCase) -> list[SelectChoice]:
    """Return the hazards of the case with their numbers and the head of their words."""
    return [
        SelectChoice(
            str(hazard.id),
            _(
                "%(number)s. %(words)s",
                number=hazard.number,
                words=at.sheet.text(hazard.text_id)[:60],
            ),
        )
        for hazard in at.sheet.hazards
    ]


class DecideLevelForm(MoveForm):
    hazard_id = UuidRadio(_l("Hazard"))
    level = radios(_l("Level"), LEVELS)
    criterion = words(
        _l("By which criterion"), _l("The standard and its item, as it is cited."), LINE_MAX
    )
    panel = UuidChecks(_l("Who decided"))
    experts = words(
        _l("Others who decided"),
        _l("One a line: name and office."),
        LINE_MAX,
    )
    reason = words(_l("Reason"), _l("What was found that meets it, or does not."), LINE_MAX)

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        self.hazard_id.choices = hazard_choices(at)
        self.panel.choices = [SelectChoice(str(person), name) for _id, person, name in at.members]
        if self.is_fresh and len(at.sheet.hazards) == 1:
            self.hazard_id.data = at.sheet.hazards[0].id

    def command(self, at: AtCase) -> c.DecideLevel:
        code = chosen(self.level)
        return c.DecideLevel(
            **self.first(at),
            hazard_id=self.hazard_id.data,
            level=Level(code) if code in set(Level) else None,
            criterion=self.criterion.data or "",
            panel=tuple(one for one in self.panel.data or () if one),
            experts=self.experts.data or "",
            reason=self.reason.data or "",
        )


def _factor(label: str) -> SelectField:
    return SelectField(label, validate_choice=False)


class AssessRiskForm(Overriding):
    """The factors of both methods; those of the method that was not chosen are left alone."""

    alias = {"inputs": "method"}

    hazard_id = UuidRadio(_l("Hazard"))
    method = radios(_l("Method"))
    matrix_L = _factor("")  # noqa: N815 - the names of the factors
    matrix_S = _factor("")  # noqa: N815
    lec_L = _factor("")  # noqa: N815
    lec_E = _factor("")  # noqa: N815
    lec_C = _factor("")  # noqa: N815
    reason = words(_l("Reason"), _l("What makes it so likely and so severe."), LINE_MAX)

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        self.hazard_id.choices = hazard_choices(at)
        methods = at.preset.taxonomy.risk_methods
        self.method.choices = [
            SelectChoice(code, method.name.in_language(at.language))
            for code, method in methods.items()
        ]
        for code, method in methods.items():
            for factor, values in method.factors.items():
                field = self[f"{code}_{factor}"]
                field.label.text = _(
                    "%(method)s: %(factor)s",
                    method=method.name.in_language(at.language).split("（")[0].split(" (")[0],
                    factor=method.factor_names[factor].in_language(at.language),
                )
                labels = method.labels[factor]
                field.choices = [SelectChoice("", _("Choose"))] + [
                    SelectChoice(
                        f"{value:g}", f"{value:g} · {labels[value].in_language(at.language)}"
                    )
                    for value in values
                ]
        if self.is_fresh:
            self.method.data = Method.MATRIX.value
            if len(at.sheet.hazards) == 1:
                self.hazard_id.data = at.sheet.hazards[0].id

    def command(self, at: AtCase) -> c.AssessRisk:
        code = chosen(self.method) or Method.MATRIX.value
        known = at.preset.taxonomy.risk_methods
        method = Method(code) if code in known else Method.MATRIX
        return c.AssessRisk(
            **self.first(at),
            hazard_id=self.hazard_id.data,
            method=method,
            inputs=tuple(
                (factor, float(value))
                for factor in known[method].factors
                if (value := chosen(self[f"{method}_{factor}"])) and _is_number(value)
            ),
            reason=self.reason.data or "",
        )


def _is_number(value: str) -> bool:
    return value.replace(".", "", 1).isdecimal()
