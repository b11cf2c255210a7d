"""Sending mail: one message to one address, with a time-out, and nothing in its head but ours."""

import secrets
import smtplib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any

from flask_mail import Connection, Mail, Message

from portal.foundation.clock import floored_to_hour
from portal.integrations.webhook import Webhooks


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it goes out."""

    to: str
    subject: str
    body: str


class NotTaken(Exception):
    """The server did not take the mail. `code` is its answer, or the kind of fault."""

    def __init__(self, code: str, *, for_good: bool) -> None:
        super().__init__(code)
        self.code = code
        #: Another try would get the same answer.
        self.for_good = for_good


class Line(Connection):
    """Flask-Mail's connection with a time-out; it names neither this host nor its address."""

    def __init__(self, mail: Any, *, timeout: float, name: str) -> None:
        super().__init__(mail)
        self.timeout = timeout
        self.name = name

    def configure_host(self) -> smtplib.SMTP | smtplib.SMTP_SSL:
        kind = smtplib.SMTP_SSL if self.mail.use_ssl else smtplib.SMTP
        host = kind(
            self.mail.server, self.mail.port, local_hostname=self.name, timeout=self.timeout
        )
        if self.mail.use_tls:
            host.starttls()
        if self.mail.username and self.mail.password:
            host.login(self.mail.username, self.mail.password)
        return host

    def __exit__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType
    ) -> None:
        # The mail was taken or refused before; a server that is gone now changes nothing.
        with suppress(smtplib.SMTPException, OSError):
            super().__exit__(kind, error, trace)


class Post:
    """Where all mails of the portal go out; made once for the app."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.timeout = float(config["MAIL_TIMEOUT"])
        self.domain = str(config["MAIL_DEFAULT_SENDER"]).rpartition("@")[2]
        self.state = Mail().init_mail(dict(config))

    def send(self, letter: Letter, *, now: datetime) -> None:
        """Hand one mail to the server. Raises NotTaken."""
        try:
            message = self.message(letter, now)
            with Line(self.state, timeout=self.timeout, name=self.domain) as line:
                line.send(message)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            code = answer_of(error)
            raise NotTaken(code, for_good=is_for_good(error, code)) from None

    def message(self, letter: Letter, now: datetime) -> Message:
        """Return the message; its time is floored to the hour, its id tells nothing.

        Flask-Mail's own id holds the time to 10 ms, the process and the host.
        """
        message = Message(letter.subject, recipients=[letter.to], body=letter.body)
        message.msgId = f"<{secrets.token_hex(16)}@{self.domain}>"
        message.date = floored_to_hour(now).timestamp()
        # No machine answers a machine.
        message.extra_headers = {"Auto-Submitted": "auto-generated"}
        return message


def bind(app: Any) -> None:
    """Give the app Flask-Mail's settings and its `Post`."""
    # Tests have a real server too: what is suppressed proves nothing.
    app.config.setdefault("MAIL_SUPPRESS_SEND", False)
    Mail(app)
    app.extensions["portal-post"] = Post(app.config)
    app.extensions["portal-webhooks"] = Webhooks()


def answer_of(error: Exception) -> str:
    """Return the server's code, or the kind of fault; never its words, which name addresses."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _words in error.recipients.values()]
        return str(max(codes, default=0))
    if isinstance(error, smtplib.SMTPResponseException):
        return str(error.smtp_code)
    return type(error).__name__


def is_for_good(error: Exception, code: str) -> bool:
    """Say whether another try is no use: a 5xx answer for this mail, or an unusable address.

    A refused sign-in is the operator's to mend, and then the mails go out.
    """
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return False
    return isinstance(error, ValueError) or (code.isdigit() and int(code) >= 500)
