"""Public forms: their cross-site token is bound to the form's one-time nonce, not to a session."""

import hmac
from hashlib import sha256
from typing import Any

from flask_babel import lazy_gettext as _l
from itsdangerous import BadSignature, URLSafeTimedSerializer
from wtforms import Field, Form
from wtforms.csrf.core import CSRF
from wtforms.validators import ValidationError

from portal.foundation import secrets

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


def one_line(value: str | None) -> str | None:
    """Return what was typed into a field of one line, as one: no browser sends more of its own."""
    return None if value is None else " ".join((cleaned(value) or "").split())


class Sayable:
    """Refuse what is too short once the blanks around it are left out."""

    def __init__(self, least: int, message: Any) -> None:
        self.least = least
        self.message = message

    def __call__(self, form: Form, field: Field) -> None:
        if len((field.data or "").strip()) < self.least:
            raise ValidationError(self.message)


def made(
    kind: type[Form], nonce: bytes, formdata: Any = None, *, prefix: str = "", **data: Any
) -> Any:
    """Return a public form whose token is bound to `nonce`.

    `prefix` tells several forms of one page apart: without it their fields would share ids.
    """
    return kind(formdata, data=data, prefix=prefix, meta={"csrf_context": nonce})
