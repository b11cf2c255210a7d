"""Forms that try the rules out; they change nothing and are sent by GET."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.fields import DateTimeLocalField, IntegerField, SelectChoice, SelectField
from wtforms.validators import InputRequired, NumberRange

from portal.presets.kinds import Preset

FILLED = InputRequired(_l("Please fill this in"))
#: The commands' words for units, with the names that people read.
UNITS = [
    SelectChoice("working day", _l("working days")),
    SelectChoice("day", _l("calendar days")),
    SelectChoice("month", _l("months")),
    SelectChoice("hour", _l("hours")),
    SelectChoice("working hour", _l("working hours")),
    SelectChoice("minute", _l("minutes")),
]
NOT_SAID = SelectChoice("", _l("Not said"))


class TryReportForm(FlaskForm):
    """A made-up report; what is left out is not known yet."""

    class Meta:
        csrf = False

    jurisdiction = SelectField(_l("District"))
    category = SelectField(_l("Category"))
    kind = SelectField(_l("Kind of report"))
    channel = SelectField(_l("How it came in"))

    def offer(self, preset: Preset, language: str) -> "TryReportForm":
        """Fill the choices with the words of the preset and return the form."""
        taxonomy = preset.taxonomy
        named = (
            (self.jurisdiction, {code: one.name for code, one in taxonomy.jurisdictions.items()}),
            (self.category, {code: one.name for code, one in taxonomy.categories.items()}),
            (self.kind, taxonomy.report_kinds),
            (self.channel, taxonomy.channels),
        )
        for field, words in named:
            field.choices = [NOT_SAID] + [
                SelectChoice(code, name.in_language(language)) for code, name in words.items()
            ]
        return self


class TryDueForm(FlaskForm):
    """From when, and how long."""

    class Meta:
        csrf = False

    start = DateTimeLocalField(_l("From when?"), [FILLED])
    value = IntegerField(
        _l("How many?"), [FILLED, NumberRange(0, 9999, _l("Give a number from 0 to 9999."))]
    )
    unit = SelectField(_l("Of what?"), choices=UNITS)
