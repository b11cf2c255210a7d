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
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from portal.integrations.webhook import Refused, target_of
from portal.reports.kinds import (
    CONTACTED_LABELS,
    MESSAGE_MAX,
    SATISFIED_LABELS,
    SOLVED_LABELS,
    TEXT_MAX,
)
from portal.web.public_forms import PublicForm, Sayable, cleaned, one_line
from portal.web.report_fields import report_form

SOUGHT_MAX = 200

#: What mail programs take; whether anybody reads there shows when it is written to.
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
WEBHOOK_REFUSALS = {
    "written_wrong": _l("Write the whole address in Latin letters, beginning with https://"),
    "not_https": _l("The address has to begin with https://"),
    "port": _l("The address must not name a port other than 443 or 8443."),
    "not_public": _l("This address does not lie in the open internet, so we can’t write to it."),
}

_FIRST: Any = report_form(PublicForm, page=1)
_SECOND: Any = report_form(PublicForm, page=2)


class WhatWhereForm(_FIRST):
    """What and where; the pin's degrees of WGS 84 are filled in by the map."""

    #: An everyday word by which the kinds are searched; no part of the report.
    sought = StringField(
        _l("Find the kind by a word"),
        description=_l("For example: lift, fumes, wages. You can skip this: we sort it."),
        filters=[one_line],
        validators=[Optional(), Length(max=SOUGHT_MAX)],
    )
    #: In which datum the pin was put, where it is not WGS 84.
    datum = HiddenField(filters=[cleaned])
    #: The token of the QR code by which the form was opened.
    unit = HiddenField(filters=[cleaned])
    no_unit = BooleanField(_l("It is not about this unit"))
    no_pin = BooleanField(_l("Leave the pin out"))
    turn = HiddenField(filters=[cleaned])


class EvidenceForm(_SECOND):
    """Files and contact. The view says how many files and of which kinds: the preset settles it."""

    turn = HiddenField(filters=[cleaned])


class SendForm(PublicForm):
    #: To the question above a rate: the page names it, and no other page shows the field.
    answer = StringField(filters=[cleaned])


class CodeForm(PublicForm):
    code = StringField(
        _l("Your 16 digits"),
        description=_l("With or without spaces, as they stand on your receipt."),
        validators=[InputRequired(_l("Type the 16 digits from your receipt."))],
    )
    #: As in the form before sending.
    answer = StringField(filters=[cleaned])


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
