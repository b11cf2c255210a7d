"""What people fill in on the public pages."""

from collections.abc import Mapping
from typing import Any

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
from wtforms.validators import InputRequired, Length, Optional

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
    #: The pin: degrees, filled in by the map.
    latitude = HiddenField(filters=[cleaned])
    longitude = HiddenField(filters=[cleaned])
    #: In which datum the pin was put, where it is not WGS 84.
    datum = HiddenField(filters=[cleaned])
    #: The token of the QR code by which the form was opened.
    unit = HiddenField(filters=[cleaned])
    no_unit = BooleanField(_l("It is not about this unit"))
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
