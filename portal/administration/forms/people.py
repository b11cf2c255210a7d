"""Forms of people, roles and groups."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.fields import DateField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from portal.administration.forms.profile import LANGUAGES, TieForm
from portal.web.public_forms import one_line

LONGEST = 200  # characters of a name, a post or an address
FILLED = InputRequired(_l("Please fill this in"))
SHORT = Length(max=LONGEST, message=_l("Use at most 200 characters."))


class PersonForm(FlaskForm):
    """Who somebody is."""

    name = StringField(_l("Name"), [FILLED, SHORT], filters=[one_line])
    post = StringField(_l("Post"), [SHORT], filters=[one_line])
    email = StringField(_l("E-mail"), [FILLED, SHORT], filters=[one_line])


class NewPersonForm(PersonForm):
    """Somebody new: who, in which language, in which first role."""

    language = RadioField(
        _l("Language of pages and mails"), choices=LANGUAGES, default=LANGUAGES[0].value
    )
    role = SelectField(_l("First role"), [FILLED])


class RoleForm(FlaskForm):
    """A role, in a group where it belongs to one, from a day on."""

    role = SelectField(_l("Role"), [FILLED])
    starts_on = DateField(_l("From which day on?"), [FILLED])


class EndForm(FlaskForm):
    """The first day without a role or a group."""

    ends_on = DateField(_l("The first day without it"), [FILLED])


class PressForm(FlaskForm):
    """A button alone."""


__all__ = ["EndForm", "NewPersonForm", "PersonForm", "PressForm", "RoleForm", "TieForm"]
