"""The bar that says which cases count."""

from flask_babel import lazy_gettext as _l
from wtforms import Form
from wtforms.fields import DateField, SelectField
from wtforms.validators import InputRequired, Optional, ValidationError


class RangeForm(Form):
    """Received from and to, group, place, category, suspected major. Sent by GET."""

    start = DateField(
        _l("Received from (included)"), [InputRequired(_l("Give a date"))], name="from"
    )
    end = DateField(_l("to (not included)"), [InputRequired(_l("Give a date"))], name="to")
    group = SelectField(_l("Group"), [Optional()])
    jurisdiction = SelectField(_l("District"), [Optional()])
    category = SelectField(_l("Category"), [Optional()])
    major = SelectField(_l("Suspected major"), [Optional()])

    def validate_end(self, field: DateField) -> None:
        if self.start.data and field.data and field.data <= self.start.data:
            raise ValidationError(_l("This has to be later than the first date"))


class SidesForm(Form):
    """Which steps and help count: begun from and to, one district or all. Sent by GET."""

    start = DateField(_l("From (included)"), [InputRequired(_l("Give a date"))], name="from")
    end = DateField(_l("to (not included)"), [InputRequired(_l("Give a date"))], name="to")
    jurisdiction = SelectField(_l("District"), [Optional()])


class PeriodForm(Form):
    """What the public chooses: which period."""

    period = SelectField(_l("Period"), [Optional()])
