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
    CONTACTED_LABELS,
    MESSAGE_MAX,
    SATISFIED_LABELS,
    SOLVED_LABELS,
    TEXT_MAX,
)
from portal.selfinspections.kinds import AboutManagement, Way
from portal.web.public_forms import PublicForm, Sayable, cleaned, one_line
from portal.web.report_fields import report_form

SOUGHT_MAX = 200

_FIRST: Any = report_form(PublicForm, page=1)
_SECOND: Any = report_form(PublicForm, page=2)
_NOTICE: Any = report_form(PublicForm, page=4)


class WhatWhereForm(_FIRST):
    """What and where; the map fills in the pin, the address with which the form opens the unit."""

    #: An everyday word by which the kinds are searched; no part of the report.
    sought = StringField(
        _l("Find the kind by a word"),
        description=_l("For example: lift, fumes, wages. You can skip this: we sort it."),
        filters=[one_line],
        validators=[Optional(), Length(max=SOUGHT_MAX)],
    )
    #: Asked where the unit whose code was scanned takes inside reports.
    way = RadioField(
        _l("Who should get it?"),
        choices=[
            SelectChoice(Way.OUTSIDE.value, _l("The work-safety office (outside)")),
            SelectChoice(Way.INSIDE.value, _l("Only the unit, at first (inside)")),
        ],
        validators=[Optional()],
        validate_choice=False,
    )
    about_management = RadioField(
        _l("Only for inside: is it about the management, the safety officer or whoever reads it?"),
        choices=[
            SelectChoice(AboutManagement.NO.value, _l("No")),
            SelectChoice(AboutManagement.YES.value, _l("Yes")),
            SelectChoice(AboutManagement.NOT_SURE.value, _l("Not sure")),
        ],
        validators=[Optional()],
        validate_choice=False,
    )
    no_unit = BooleanField(_l("It is not about this unit"))
    no_pin = BooleanField(_l("Leave the pin out"))
    turn = HiddenField(filters=[cleaned])


class EvidenceForm(_SECOND):
    """Files and contact. The view says how many files and of which kinds: the preset settles it."""

    turn = HiddenField(filters=[cleaned])


class SendForm(PublicForm):
    #: To the question above a rate: the page names it, and no other page shows the field.
    answer = StringField(filters=[cleaned])
    #: Who gets it, as the page said.
    way = HiddenField(filters=[cleaned])
    #: Which published case it is about; the page offers some where there are any like it.
    same_as = StringField(filters=[cleaned])


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


class NoticeForm(_NOTICE):
    """Where a reporter wishes to hear that there is something new."""


class StopNoticeForm(PublicForm):
    pass


class OutsideForm(PublicForm):
    """One press: take an inside report outside."""


class ClaimForm(PublicForm):
    """One press."""


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
