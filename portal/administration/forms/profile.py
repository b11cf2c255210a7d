"""Forms of the profile."""

from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.fields import BooleanField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from portal.units.kinds import TIE_KINDS
from portal.web.public_forms import cleaned

LANGUAGES = [SelectChoice("zh_Hans_CN", "中文"), SelectChoice("en", "English")]
UNITS_SHOWN = 20


def an_id(value: object) -> UUID:
    """Return an id that came as text. Raises ValueError for another text."""
    return value if isinstance(value, UUID) else UUID(str(value))


class PreferencesForm(FlaskForm):
    """What somebody likes: the language of pages and mails, and single keys."""

    language = RadioField(_l("Language of pages and mails"), choices=LANGUAGES)
    shortcuts = BooleanField(_l("Single keys act on staff pages, for example j for the next row"))


class FindUnitForm(FlaskForm):
    """Find the unit of a tie by its name; sent by GET."""

    class Meta:
        csrf = False

    q = StringField(_l("Name or address of the unit"), [Length(max=200)], filters=[cleaned])


class TieForm(FlaskForm):
    """A tie to one of the units found."""

    # The service knows whether there is such a unit.
    unit_id = RadioField(
        _l("Which unit?"),
        [InputRequired(_l("Choose the unit."))],
        coerce=an_id,
        validate_choice=False,
    )
    kind = SelectField(
        _l("What kind of tie?"),
        [InputRequired(_l("Choose what kind of tie it is."))],
        choices=[SelectChoice(code, label) for code, label in TIE_KINDS.items()],
    )
