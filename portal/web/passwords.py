"""Forms of sign-in, reset and change of password, and what makes a password good enough."""

import hmac
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask, Response, after_this_request, current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_security.forms import (
    ChangePasswordForm,
    ForgotPasswordForm,
    LoginForm,
    ResetPasswordForm,
)
from flask_security.password_util import PasswordUtil
from flask_security.utils import hash_password
from itsdangerous import BadSignature, URLSafeTimedSerializer
from wtforms.fields import EmailField, PasswordField

from portal.accounts import queries
from portal.accounts.models import Account
from portal.accounts.services import count_failure, forget_failures
from portal.foundation import secrets
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.foundation.transaction import kept_apart
from portal.web.cookies import read_cookie, set_cookie
from portal.web.identity import LONGEST_ADDRESS, SignedIn

SHORTEST, LONGEST = 12, 128
#: Of zxcvbn's scores 0 to 4: more than 10⁸ guesses.
SCORE = 3
CONTEXT = ("hazard", "portal", "password", "安全隐患", "安委会", "anquanyinhuan", "changzhou")
#: A password made of the words that everybody knows needs so many characters of its own.
OWN_CHARACTERS = 5
# zxcvbn takes long for long words, and what comes behind cannot make a password weaker.
LOOKED_AT = 60
#: Each hashing takes 64 MB and a tenth of a second: no more than so many at once in a process.
HASHINGS = threading.BoundedSemaphore(2)
WAITS_FOR_TURN = 10.0  # seconds
DEVICE = "staff-device"
DEVICE_SECONDS = 180 * 24 * 60 * 60
OVER_ALL = b"all"


class Passwords(PasswordUtil):
    """Long and hard to guess; no rules about kinds of characters."""

    def validate(
        self, password: str, is_register: bool, **context: Any
    ) -> tuple[list[str] | None, str]:
        """Return what is wrong, or None, and the normalized password."""
        password = self.normalize(password)
        if len(password) < SHORTEST:
            return [_("Use at least %(count)s characters.", count=SHORTEST)], password
        if len(password) > LONGEST:
            return [_("Use at most %(count)s characters.", count=LONGEST)], password
        # Here, since its lists of words take 12 MB of each process.
        from zxcvbn import zxcvbn

        known = known_words(context["user"].account)
        guess = zxcvbn(password[:LOOKED_AT], user_inputs=known)
        if guess["score"] < SCORE or without(known, password) < OWN_CHARACTERS:
            return [
                _("This is easy to guess. Four words that have nothing in common are good.")
            ], password
        return None, password


def known_words(account: Account) -> list[str]:
    """Return what somebody would try first who knows the person and the portal."""
    own = [account.person.name, account.email, *re.split(r"[@.\-_]", account.email)]
    return [word for word in (*own, *CONTEXT) if len(word) > 1]


def without(known: list[str], password: str) -> int:
    """Return how many different characters are left when the known words are taken out."""
    rest = password.lower()
    for word in known:
        if len(word) > 3 or not word.isascii():
            rest = rest.replace(word.lower(), "")
    return len(set(rest))


class Refusing:
    """A form whose refusal is an answer 422, like that of every other form."""

    def validate(self, **more: Any) -> bool:
        """Validate as usual and mark the answer if it failed."""
        with a_turn():
            is_good = bool(super().validate(**more))  # type: ignore[misc]
        if not is_good:
            answer_with(422)
        return is_good


class SignInForm(LoginForm):
    """Address and password. What fails is counted in a unit of work of its own."""

    email = EmailField(
        _l("E-mail"),
        validators=LoginForm.email.kwargs["validators"],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        _l("Password"),
        validators=LoginForm.password.kwargs["validators"],
        description=" ",  # Flask-Security would put a link of its own
        render_kw={"autocomplete": "current-password"},
    )
    remember = None

    def validate(self, **more: Any) -> bool:
        """Check the password unless too many tries failed just before."""
        moment, typed = now(), (self.email.data or "")[:LONGEST_ADDRESS]
        subject, device = subject_of(typed), known_device(typed)
        counted = [device] if device else [subject, OVER_ALL]
        wait = queries.wait_before_sign_in(db.session(), counted[0], counted[-1], now=moment)
        if wait > timedelta():
            seconds = -(-wait // timedelta(seconds=1))
            self.form_errors = [
                ngettext(
                    "Too many tries. Try again in %(num)s second.",
                    "Too many tries. Try again in %(num)s seconds.",
                    seconds,
                )
            ]
            answer_with(429)
            return False
        with a_turn():
            is_good = bool(super().validate(**more))
        if not is_good:
            with kept_apart(db.session()) as own:
                count_failure(own, counted, now=moment)
            current_app.logger.info("sign-in refused")
            answer_with(422)
            return False
        if isinstance(self.user, SignedIn):
            account_id = self.user.account.id
            with kept_apart(db.session()) as own:
                forget_failures(own, counted[0])
            current_app.logger.info("signed in: account %s", account_id)
            remember_device(account_id)
        return True


class AskForLinkForm(ForgotPasswordForm):
    """The address to which a link is mailed. An unknown one gets the same answer."""

    email = EmailField(
        _l("E-mail"),
        validators=ForgotPasswordForm.email.kwargs["validators"],
        render_kw={"autocomplete": "username"},
    )

    def validate(self, **more: Any) -> bool:
        """Validate. A known address costs one hashing, like an unknown one in the view."""
        with a_turn():
            is_known = bool(super().validate(**more))
            if "csrf_token" in self.errors:
                answer_with(422)
            if is_known:
                hash_password("to take as long as for an unknown one")
            return is_known


class NewPasswordForm(Refusing, ResetPasswordForm):
    """The first password, or the next one, behind a link that works once."""

    password = PasswordField(
        _l("New password"),
        validators=ResetPasswordForm.password.kwargs["validators"],
        render_kw={"autocomplete": "new-password"},
    )
    password_confirm = PasswordField(
        _l("The new password once more"),
        validators=ResetPasswordForm.password_confirm.kwargs["validators"],
        render_kw={"autocomplete": "new-password"},
    )


class OtherPasswordForm(Refusing, ChangePasswordForm):
    """A change of password by somebody who is signed in."""

    password = PasswordField(_l("Present password"), render_kw={"autocomplete": "current-password"})
    new_password = PasswordField(
        _l("New password"),
        validators=ChangePasswordForm.new_password.kwargs["validators"],
        render_kw={"autocomplete": "new-password"},
    )
    new_password_confirm = PasswordField(
        _l("The new password once more"),
        validators=ChangePasswordForm.new_password_confirm.kwargs["validators"],
        render_kw={"autocomplete": "new-password"},
    )


@contextmanager
def a_turn() -> Iterator[None]:
    """Wait until fewer hashings run. Goes on without one after ten seconds."""
    has_turn = HASHINGS.acquire(timeout=WAITS_FOR_TURN)
    try:
        yield
    finally:
        if has_turn:
            HASHINGS.release()


def answer_with(status: int) -> None:
    """Give the answer of this request another status; Flask-Security's own are all 200."""

    @after_this_request
    def mark(response: Response) -> Response:
        if response.status_code == 200:
            response.status_code = status
        return response


def subject_of(text: str) -> bytes:
    """Return what the counter knows an address or a device by."""
    key = secrets.in_use().key("failed-sign-ins")
    return hmac.digest(key, text.strip().lower().encode("utf-8", "replace"), "sha256")


def device_signer(app: Flask) -> URLSafeTimedSerializer:
    """Return what signs the cookie of a browser from which somebody signed in before."""
    return URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="staff-device")


def known_device(email: str) -> bytes | None:
    """Return the subject of this browser if this address signed in from it before.

    It has a count of its own, so that nobody else's failures keep the owner waiting.
    """
    cookie = read_cookie(DEVICE) or ""
    try:
        found = device_signer(current_app).loads(cookie, max_age=DEVICE_SECONDS)
        owner = queries.account(db.session(), UUID(str(found)))
    except (BadSignature, ValueError, NotFound):
        return None
    is_own = owner.email == email.strip().lower()
    return subject_of(f"device {cookie}") if is_own else None


def remember_device(account_id: UUID) -> None:
    """Give this browser the cookie by which its own tries are counted apart."""
    value = device_signer(current_app).dumps(str(account_id))

    @after_this_request
    def give(response: Response) -> Response:
        set_cookie(response, DEVICE, value, seconds=DEVICE_SECONDS)
        return response
