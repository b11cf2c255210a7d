"""Our accounts as Flask-Security sees them. It asks and we decide: nothing here commits."""

import hashlib
from typing import Any

from flask import g
from flask_security import RoleMixin, UserMixin
from flask_security.datastore import UserDatastore
from flask_security.mail_util import EmailValidateException, MailUtil
from flask_security.utils import get_message

from portal.access.kinds import Actor, Role
from portal.accounts import queries
from portal.accounts.kinds import AccountMail
from portal.accounts.models import Account
from portal.accounts.services import set_password
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.notices.services import queue_account_mail
from portal.web.public_forms import cleaned

LONGEST_ADDRESS = 254
#: Flask-Security's templates and what we tell instead.
LETTERS = {
    "security/email/reset_instructions": AccountMail.RESET,
    "security/email/reset_notice": AccountMail.PASSWORD_SET,
    "security/email/change_notice": AccountMail.PASSWORD_SET,
}


class SignedIn(UserMixin):
    """One account. A new password goes through the service, which leaves an event."""

    fs_uniquifier = ""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.email = account.email
        self.active = account.active
        self.fs_uniquifier = account.fs_uniquifier
        self.roles = []

    @property
    def password(self) -> str | None:
        return self.account.password

    @password.setter
    def password(self, password_hash: str | None) -> None:
        if password_hash is None:
            raise ValueError("only reset_account takes a password away")
        set_password(
            db.session(),
            own_actor(self.account),
            self.account,
            password_hash=password_hash,
            now=now(),
        )
        self.fs_uniquifier = self.account.fs_uniquifier


def own_actor(account: Account) -> Actor:
    """Return the actor of what people do to their own account, in the role they act in."""
    actor: Actor | None = g.get("actor")
    if actor is not None and actor.account_id == account.id:
        return actor
    return Actor(role=Role.SYSTEM, account_id=account.id, person_id=account.person_id)


def of_generation(generation: str) -> Account | None:
    """Return the account of this generation; the session's own was read along with the session."""
    own: Account | None = g.get("session_account")
    if own is not None and own.fs_uniquifier == generation:
        return own
    return queries.account_by_generation(db.session(), generation)


class Accounts(UserDatastore):
    """Finds accounts. `commit` does nothing: the request cycle ends the unit of work."""

    def __init__(self) -> None:
        super().__init__(SignedIn, RoleMixin)

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> SignedIn | None:
        if "email" in wanted:
            found = queries.account_by_email(db.session(), str(wanted["email"]))
        else:
            found = of_generation(str(wanted["fs_uniquifier"]))
        return SignedIn(found) if found else None

    def find_role(self, role: str) -> None:
        return None

    def put(self, model: Any) -> Any:
        return model

    def commit(self) -> None:
        return None

    def set_uniquifier(self, user: Any, uniquifier: str | None = None) -> None:
        """Nothing: `set_password` has changed it together with the password."""


class Letters(MailUtil):
    """Queues a mail where Flask-Security would send one. Its own text and link are dropped: the
    job makes the link anew, so that no token lies in the queue, and from the portal's own address,
    whatever the request says of its host."""

    def __init__(self, app: Any) -> None:
        return None

    def normalize(self, email: str) -> str:
        """Return the address as it is looked up. Asks no name server, refuses no inner domain."""
        email = (cleaned(email) or "").strip().lower()
        if "@" not in email or len(email) > LONGEST_ADDRESS:
            raise EmailValidateException(get_message("INVALID_EMAIL_ADDRESS")[0])
        return email

    validate = normalize

    def send_mail(self, template: str, *parts: Any, **context: Any) -> None:
        account: Account = context["user"].account
        queue_account_mail(
            db.session(), account.id, LETTERS[template],
            generation=generation_mark(account), now=now(),
        )  # fmt: skip


def generation_mark(account: Account) -> str:
    """Return what tells this generation of the account from others, and nothing else about it."""
    return hashlib.sha256(account.fs_uniquifier.encode()).hexdigest()[:16]
