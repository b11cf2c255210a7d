"""What people fill in on the public pages."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Form,
    HiddenField,
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from portal.reports.kinds import (
    MESSAGE_MAX,
    SATISFIED_LABELS,
    SOLVED_LABELS,
)
from portal.web.public_forms import PublicForm, Sayable, cleaned
from portal.web.report_fields import report_form

_FIRST: Any = report_form(PublicForm, page=1)
_SECOND: Any = report_form(PublicForm, page=2)


class WhatWhereForm(_FIRST):
    """What and where; the pin's degrees of WGS 84 are filled in by the map."""

    no_pin = BooleanField(_l("Leave the pin out"))
    turn = HiddenField(filters=[cleaned])


class EvidenceForm(_SECOND):
    """Files and contact. The view says how many files and of which kinds: the preset settles it."""

    turn = HiddenField(filters=[cleaned])


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
