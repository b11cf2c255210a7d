"""Forms of people, roles and groups."""

from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.fields import (
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from portal.accounts.kinds import REACH_MOST, REMIT_MOST
from portal.accounts.services import GroupFields
from portal.administration.forms.profile import LANGUAGES, TieForm
from portal.web.public_forms import cleaned, one_line

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
    ends_on = DateField(
        _l("First day without it"),
        [Optional()],
        description=_l("Only if the term has an end."),
    )


class GroupForm(FlaskForm):
    """What a group stands for."""

    #: The version that the person had before them.
    seen = IntegerField(default=0)
    liaison_id = SelectField(
        _l("Liaison"), description=_l("Whom others turn to: somebody who is in the group.")
    )
    liaison_reach = StringField(
        _l("How to reach the liaison"),
        [Length(max=REACH_MOST, message=_l("Use at most 200 characters."))],
        filters=[one_line],
    )
    remit_zh = TextAreaField(
        _l("What it is there for, in Chinese"),
        [Length(max=REMIT_MOST, message=_l("Use at most 1,000 characters."))],
        filters=[cleaned],
        description=_l("Empty: the words of the preset."),
    )
    remit_en = TextAreaField(
        _l("What it is there for, in English"),
        [Length(max=REMIT_MOST, message=_l("Use at most 1,000 characters."))],
        filters=[cleaned],
        description=_l("Empty: the words of the preset."),
    )
    starts_on = DateField(_l("First day of its term"), [Optional()])
    ended_on = DateField(
        _l("First day without it"),
        [Optional()],
        description=_l(
            "From this day on routing rules that name it send to the duty desk. Its people can "
            "still act in the cases that it has."
        ),
    )

    def show(self, given: GroupFields, version: int) -> None:
        """Fill in what is known."""
        self.seen.data = version
        for name in GroupFields.__dataclass_fields__:
            self[name].data = getattr(given, name)
        self.liaison_id.data = str(given.liaison_id or "")

    def fields(self) -> GroupFields:
        """Return what was typed."""
        starts_on: date | None = self.starts_on.data
        ended_on: date | None = self.ended_on.data
        chosen: Any = self.liaison_id.data
        return GroupFields(
            remit_zh=self.remit_zh.data or "",
            remit_en=self.remit_en.data or "",
            starts_on=starts_on,
            ended_on=ended_on,
            liaison_id=UUID(chosen) if chosen else None,
            liaison_reach=self.liaison_reach.data or "",
        )


class EndForm(FlaskForm):
    """The first day without a role or a group."""

    ends_on = DateField(_l("The first day without it"), [FILLED])


class PressForm(FlaskForm):
    """A button alone."""


__all__ = [
    "EndForm",
    "GroupForm",
    "NewPersonForm",
    "PersonForm",
    "PressForm",
    "RoleForm",
    "TieForm",
]
