"""Forms of plans of inspections."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.fields import DateField, SelectChoice, SelectField
from wtforms.validators import InputRequired, Optional

from portal.accounts.queries import GroupFacts
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.handling.forms.base import UuidChecks, line, radios, words
from portal.handling.forms.sorting import place_choices
from portal.handling.forms.units import COLOUR_LABELS, pick
from portal.plans.kinds import KIND_LABELS, REASONS
from portal.plans.lifecycle import EACH_LEAST, EACH_MOST, NUMBER_MOST, TITLE_MOST, Wish
from portal.presets.checklist_kinds import Checklist
from portal.presets.kinds import RISK_COLOURS, Preset
from portal.units.kinds import SIZE_LABELS
from portal.units.lifecycle.table import whole_number

NAMES_MOST = 20_000  # characters
#: The number is asked for a week later, unless another day is chosen.
SEED_AFTER = timedelta(days=7)
MONTH = timedelta(days=30)


class PlanForm(FlaskForm):
    """What is to be inspected, by whom, when, and whether chance decides."""

    title = line(_l("What the plan is called"), longest=TITLE_MOST)
    kind = radios(
        _l("Kind of plan"), [SelectChoice(one.value, label) for one, label in KIND_LABELS.items()]
    )
    checklist = SelectField(_l("By which checklist"), validate_choice=False)
    group_ids = UuidChecks(_l("Which groups go"))
    starts_on = DateField(_l("First day"), [InputRequired(_l("Say from which day on."))])
    ends_on = DateField(_l("Last day"), [InputRequired(_l("Say until which day."))])
    sector = pick(_l("Sector"))
    place = pick(_l("District or township"))
    size = pick(_l("Size class"))
    colour = pick(_l("Risk colour"))
    names = words(
        _l("Or these units alone"),
        _l("Names or registration codes, one a line, instead of the choice above."),
        NAMES_MOST,
    )
    by_lot = radios(
        _l("Which of them are visited?"),
        (
            SelectChoice("no", _l("All of them")),
            SelectChoice("yes", _l("Some, drawn by lot together with who inspects them")),
        ),
    )
    draw_count = line(_l("How many units are drawn"), longest=6)
    people_each = line(_l("How many inspectors for each"), longest=2)
    seed_on = DateField(_l("From which day on the number decides"), [Optional()])

    def suit(
        self,
        preset: Preset,
        language: str,
        groups: Mapping[UUID, GroupFacts],
        checklists: Mapping[str, Checklist],
        *,
        own: UUID | None,
    ) -> None:
        """Fill the lists; `own` is the one group for which a lead plans."""
        every = SelectChoice("", _("All"))
        self.checklist.choices = [
            SelectChoice(one.code, one.name.in_language(language)) for one in checklists.values()
        ]
        able = [one for one in groups.values() if one.kind != "desk" and own in (None, one.id)]
        self.group_ids.choices = [SelectChoice(str(one.id), one.name(language)) for one in able]
        self.sector.choices = [every] + [
            SelectChoice(code, name.in_language(language))
            for code, name in preset.taxonomy.sectors.items()
        ]
        self.place.choices = [every, *place_choices(preset, language)[1:]]
        self.size.choices = [every] + [SelectChoice(one.value, n) for one, n in SIZE_LABELS.items()]
        self.colour.choices = [every] + [SelectChoice(c, COLOUR_LABELS[c]) for c in RISK_COLOURS]
        self.seed_on.description = _(
            "The number is: %(source)s.",
            source=preset.city.settings.draw_source.in_language(language),
        )

    def begin(self, today: date, own: UUID | None) -> None:
        """Fill in what is usual."""
        self.starts_on.data, self.ends_on.data = today + SEED_AFTER, today + SEED_AFTER + MONTH
        self.by_lot.data, self.people_each.data = "no", str(EACH_LEAST)
        self.group_ids.data = [own] if own else []

    def wish(self) -> Wish:
        """Return what was typed. Raises Incomplete for what is no number."""
        lines = (one.strip() for one in (self.names.data or "").splitlines())
        by_lot = self.by_lot.data == "yes"
        return Wish(
            kind=self.kind.data or "",
            title=self.title.data or "",
            checklist=self.checklist.data or "",
            group_ids=tuple(one for one in self.group_ids.data or () if one),
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            sector=self.sector.data or "",
            place=(self.place.data or "").rpartition("/")[2],
            size=self.size.data or "",
            colour=self.colour.data or "",
            names=tuple(one for one in lines if one),
            by_lot=by_lot,
            draw_count=_number(self.draw_count.data) if by_lot else None,
            people_each=self._each() if by_lot else EACH_LEAST,
            seed_on=self.seed_on.data,
        )

    def _each(self) -> int:
        each = _number(self.people_each.data)
        if each is None or not EACH_LEAST <= each <= EACH_MOST:
            raise Incomplete("people_each", "plan_each_wrong", least=EACH_LEAST, most=EACH_MOST)
        return each

    def point_at(self, lack: Incomplete) -> None:
        """Put the sentence of a refusal at its field."""
        self[lack.field].errors = [*self[lack.field].errors, reason_words(lack)]


class DrawForm(FlaskForm):
    """The number as others published it."""

    number = line(_l("The published number"), longest=NUMBER_MOST)


def _number(typed: str | None) -> int | None:
    text = (typed or "").strip()
    try:
        return whole_number(text) if text else None
    except Incomplete:
        return None


def reason_words(lack: Incomplete | OutOfTurn) -> str:
    """Return what to do about what was refused."""
    if isinstance(lack, Incomplete):
        return str(REASONS[lack.reason]) % _shown(lack.values)
    values: dict[str, Any] = lack.args[1] if len(lack.args) > 1 else {}
    return str(REASONS[lack.args[0]]) % _shown(values)


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }
