"""What staff fill in for somebody who calls, writes or comes."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.fields import DateField, HiddenField, SelectChoice, SelectField
from wtforms.validators import InputRequired, Optional

from portal.handling.forms.sorting import category_choices, place_choices
from portal.presets.kinds import Preset
from portal.reports.kinds import RELATION_LABELS, REPORT_FIELDS, Door, ReportField, Shape
from portal.web.public_forms import cleaned
from portal.web.questions import asked, name_of, with_questions
from portal.web.report_fields import inputs_of, report_form

#: Ways by which reports reach the portal without anybody who takes them down.
NOT_TAKEN_DOWN = frozenset(
    {"web", "qr", "mini_program", "imported", "inspection", "self_inspection", "help"}
)
_REPORT: Any = report_form(FlaskForm, by_staff=True)


class TakeDownForm(_REPORT):
    """A report's own fields, how it came and when. Nothing is filled in from who is signed in."""

    #: The names of the fields in which the questions of the chosen kind are answered.
    questions: ClassVar[Sequence[str]] = ()

    #: Sending twice gives one report: the form's one-time nonce, as on the public form.
    nonce = HiddenField(filters=[cleaned])
    channel = SelectField(_l("How it came in"), validators=[InputRequired(_l("Choose an answer."))])
    arrived_on = DateField(
        _l("Day on which it arrived"),
        description=_l("For a letter: the day of its arrival. From then on the reporter waits."),
        validators=[Optional()],
    )

    def suit(self, preset: Preset, language: str, today: date) -> None:
        """Fill the choices, and today where nothing was sent."""
        channels = preset.taxonomy.channels
        self.channel.choices = [
            SelectChoice("", _("Choose how it came in")),
            *(
                SelectChoice(code, name.in_language(language))
                for code, name in channels.items()
                if code not in NOT_TAKEN_DOWN
            ),
        ]
        self.category.choices = category_choices(preset, language)
        self.jurisdiction.choices = place_choices(preset, language)
        self.relation.choices = [
            SelectChoice("", _("I don’t want to say")),
            *(SelectChoice(code, label) for code, label in RELATION_LABELS.items()),
        ]
        if not self.is_submitted():
            self.arrived_on.data = today

    def asked(self, *, can_seal: bool) -> list[tuple[ReportField, list[Any]]]:
        """Return the fields of a report with their inputs, in the order of asking."""
        return [
            (field, self._inputs(field))
            for field in REPORT_FIELDS
            if field.is_at(Door.STAFF) and (can_seal or not field.is_sealed)
        ]

    def _inputs(self, field: ReportField) -> list[Any]:
        names = self.questions if field.shape is Shape.QUESTIONS else inputs_of(field)
        return [self[name] for name in names]


def take_down_form(preset: Preset, language: str, category: str) -> type[TakeDownForm]:
    """Return the form with the questions of the kind that was chosen, if it has any."""
    questions = asked(preset, {"category": category})
    kind = with_questions(TakeDownForm, questions, language)
    kind.questions = tuple(name_of(one) for one in questions)
    return kind
