"""What people fill in on the public pages."""

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Form,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from portal.integrations.webhook import Refused, target_of
from portal.reports.kinds import (
    CONTACTED_LABELS,
    MESSAGE_MAX,
    PLACE_MAX,
    SATISFIED_LABELS,
    SOLVED_LABELS,
    TEXT_MAX,
    TEXT_MIN,
)
from portal.web.public_forms import PublicForm, Sayable, cleaned, one_line

SOUGHT_MAX = 200

#: What mail programs take; whether anybody reads there shows when it is written to.
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
WEBHOOK_REFUSALS = {
    "written_wrong": _l("Write the whole address in Latin letters, beginning with https://"),
    "not_https": _l("The address has to begin with https://"),
    "port": _l("The address must not name a port other than 443 or 8443."),
    "not_public": _l("This address does not lie in the open internet, so we can’t write to it."),
}


class WhatWhereForm(PublicForm):
    text = TextAreaField(
        _l("What danger did you see?"),
        description=_l(
            "What it is, why it is dangerous, when you saw it. Please leave out your name."
        ),
        filters=[cleaned],
        validators=[
            Sayable(TEXT_MIN, _l("Write what you saw, two characters at least.")),
            Length(
                max=TEXT_MAX, message=_l("Write at most 5,000 characters. You can add more later.")
            ),
        ],
    )
    #: An everyday word by which the kinds are searched; no part of the report.
    sought = StringField(
        _l("Find the kind by a word"),
        description=_l("For example: lift, fumes, wages. You can skip this: we sort it."),
        filters=[one_line],
        validators=[Optional(), Length(max=SOUGHT_MAX)],
    )
    category = RadioField(
        _l("Is it one of these?"),
        validators=[Optional()],
        default="",
        invalid_choice_message=_l("Choose one of the kinds, or “Not sure”."),
    )
    #: A district, or a town that lies in one.
    jurisdiction = SelectField(
        _l("District or town"),
        validators=[Optional()],
        default="",
        invalid_choice_message=_l("Choose a district or town from the list."),
    )
    #: The pin: degrees of WGS 84, filled in by the map.
    latitude = HiddenField(filters=[cleaned])
    longitude = HiddenField(filters=[cleaned])
    no_pin = BooleanField(_l("Leave the pin out"))
    turn = HiddenField(filters=[cleaned])
    place = TextAreaField(
        _l("Where is it?"),
        description=_l(
            "Enough for someone to find it: the unit's name, the road, what is beside it."
        ),
        filters=[cleaned],
        validators=[
            Sayable(1, _l("Write where it is, so that someone can find it.")),
            Length(max=PLACE_MAX, message=_l("Write at most 500 characters about the place.")),
        ],
    )


class EvidenceForm(PublicForm):
    turn = HiddenField(filters=[cleaned])
    #: The view says how many and of which kinds: the preset settles it.
    photos = MultipleFileField(_l("Photos or files"))
    relation = RadioField(_l("What is it to you?"), validators=[Optional()], default="")
    name = StringField(_l("Your name"), filters=[cleaned], validators=[Optional(), Length(max=100)])
    phone = StringField(
        _l("Phone or another way to reach you"),
        filters=[cleaned],
        validators=[Optional(), Length(max=200)],
    )


class SendForm(PublicForm):
    pass


class CodeForm(PublicForm):
    code = StringField(
        _l("Your 16 digits"),
        description=_l("With or without spaces, as they stand on your receipt."),
        validators=[InputRequired(_l("Type the 16 digits from your receipt."))],
    )


class MessageForm(PublicForm):
    body = TextAreaField(
        _l("Your message"),
        filters=[cleaned],
        validators=[
            Sayable(1, _l("Write a message.")),
            Length(max=MESSAGE_MAX, message=_l("Write at most 5,000 characters.")),
        ],
    )


class RateForm(PublicForm):
    contacted = RadioField(
        _l("Were you contacted?"),
        choices=[SelectChoice(kind.value, label) for kind, label in CONTACTED_LABELS.items()],
        validators=[InputRequired(_l("Choose an answer."))],
    )
    solved = RadioField(
        _l("Is the problem solved?"),
        choices=[SelectChoice(kind.value, label) for kind, label in SOLVED_LABELS.items()],
        validators=[InputRequired(_l("Choose an answer."))],
    )
    satisfied = RadioField(
        _l("How did we handle it?"),
        choices=[SelectChoice(kind.value, label) for kind, label in SATISFIED_LABELS.items()],
        validators=[InputRequired(_l("Choose an answer."))],
    )


class ObjectForm(PublicForm):
    body = TextAreaField(
        _l("What is wrong?"),
        filters=[cleaned],
        validators=[
            Sayable(1, _l("Tell us what is wrong.")),
            Length(max=MESSAGE_MAX, message=_l("Write at most 5,000 characters.")),
        ],
    )


class SafetyForm(PublicForm):
    harmed = RadioField(
        _l("Since you reported: has anybody put you at a disadvantage for it?"),
        choices=[SelectChoice("no", _l("No")), SelectChoice("yes", _l("Yes"))],
        validators=[InputRequired(_l("Choose an answer."))],
    )
    said = TextAreaField(
        _l("If so: what happened?"),
        description=_l("What was done to you, when, and by whom as far as you know."),
        filters=[cleaned],
        validators=[
            Optional(),
            Length(max=TEXT_MAX, message=_l("Write at most 5,000 characters.")),
        ],
    )


class NoticeForm(PublicForm):
    address = StringField(
        _l("Mail address, or https:// address of a chat robot"),
        description=_l(
            "We write only: there is something new. No code, no link, nothing of your report."
        ),
        filters=[cleaned],
        validators=[InputRequired(_l("Type an address like name@example.org")), Length(max=300)],
    )

    def validate_address(self, field: Any) -> None:
        """Take a mail address, or a web address that keeps the rules of words; see `webhook`."""
        typed = (field.data or "").strip()
        if typed.lower().startswith(("http:", "https:")):
            try:
                target_of(typed)
            except Refused as error:
                raise ValidationError(WEBHOOK_REFUSALS[error.code]) from None
        elif not MAIL_ADDRESS.fullmatch(typed):
            raise ValidationError(_("Type an address like name@example.org"))


class StopNoticeForm(PublicForm):
    pass


class WithdrawForm(PublicForm):
    reason = TextAreaField(
        _l("Why do you withdraw it?"),
        filters=[cleaned],
        validators=[Optional(), Length(max=MESSAGE_MAX)],
    )


def fields_of(form: Form) -> Mapping[str, Any]:
    """Return what stands in a form, but for its token and files."""
    return {
        name: value
        for name, value in form.data.items()
        if name not in {"csrf_token", "photos"} and value is not None
    }
