"""Public forms: their cross-site token is bound to the form's one-time nonce, not to a session."""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from flask_babel import lazy_gettext as _l
from itsdangerous import BadSignature, URLSafeTimedSerializer
from wtforms import (
    Field,
    Form,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.csrf.core import CSRF
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from portal.foundation import secrets
from portal.reports.kinds import (
    MESSAGE_MAX,
    PLACE_MAX,
    SATISFIED_LABELS,
    SOLVED_LABELS,
    TEXT_MAX,
    TEXT_MIN,
)

#: Long, since uploads over a slow line take long.
TOKEN_SECONDS = 24 * 3600


class NonceCSRF(CSRF):
    """A token signed for one nonce: no session and no cookie is needed for it."""

    def setup_form(self, form: Any) -> Any:
        self.mark = sha256(b"token\x00" + form.meta.csrf_context).hexdigest()
        key = secrets.in_use().key("public-form")
        self.signer = URLSafeTimedSerializer(key, salt="public-form")
        return super().setup_form(form)

    def generate_csrf_token(self, csrf_token_field: Field) -> str:
        return str(self.signer.dumps(self.mark))

    def validate_csrf_token(self, form: Any, field: Field) -> None:
        try:
            mark = self.signer.loads(field.data or "", max_age=TOKEN_SECONDS)
            good = hmac.compare_digest(str(mark), self.mark)
        except BadSignature:
            good = False
        if not good:
            raise ValidationError(
                _l("This page had been open for too long. Everything is still here: send it again.")
            )


class PublicForm(Form):
    """Base of the public forms: pass `meta={"csrf_context": nonce}`."""

    class Meta:
        csrf = True
        csrf_class = NonceCSRF

    @property
    def token_failed(self) -> bool:
        """Say whether the token was refused: then nothing that was sent may be kept."""
        return bool(self.errors.get("csrf_token"))


def cleaned(value: str | None) -> str | None:
    """Return what was typed without what PostgreSQL cannot hold, and with one kind of line end."""
    if value is None:
        return None
    replaced = value.replace("\x00", "\ufffd").replace("\r\n", "\n").replace("\r", "\n")
    return replaced.encode("utf-8", "replace").decode("utf-8")


class Sayable:
    """Refuse what is too short once the blanks around it are left out."""

    def __init__(self, least: int, message: Any) -> None:
        self.least = least
        self.message = message

    def __call__(self, form: Form, field: Field) -> None:
        if len((field.data or "").strip()) < self.least:
            raise ValidationError(self.message)


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
    category = RadioField(_l("Is it one of these?"), validators=[Optional()], default="")
    jurisdiction = SelectField(_l("District"), validators=[Optional()], default="")
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
    photos = MultipleFileField(
        _l("Photos or files"),
        description=_l("Up to 10 files of 20 MB. We remove place, time and phone model."),
    )
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
    solved = RadioField(
        _l("Is the problem solved?"),
        choices=[(kind.value, label) for kind, label in SOLVED_LABELS.items()],
        validators=[InputRequired(_l("Choose an answer."))],
    )
    satisfied = RadioField(
        _l("How did we handle it?"),
        choices=[(kind.value, label) for kind, label in SATISFIED_LABELS.items()],
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


def made(kind: type[Form], nonce: bytes, formdata: Any = None, **data: Any) -> Any:
    """Return a public form whose token is bound to `nonce`."""
    return kind(formdata, data=data, meta={"csrf_context": nonce})


def fields_of(form: Form) -> Mapping[str, Any]:
    """Return what stands in a form, but for its token and files."""
    return {
        name: value
        for name, value in form.data.items()
        if name not in {"csrf_token", "photos"} and value is not None
    }
