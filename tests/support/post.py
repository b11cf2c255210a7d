"""A real SMTP server for tests: it takes, refuses, stalls or hangs up as told."""

import asyncio
import email
import email.policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Server:
    """Keeps what it took: (recipient, message), and every connection's greeting."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, EmailMessage]] = []
        self.raw: list[bytes] = []
        self.greetings: list[str] = []
        #: Recipient → answer at RCPT; "*" for all.
        self.refuse: dict[str, str] = {}
        #: Answer at DATA in place of 250.
        self.answer: str | None = None
        self.stall_seconds = 0.0
        #: Where each recipient is written as soon as the mail is taken, for tests that kill.
        self.log: Path | None = None

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, name: str, answers: list[str]
    ) -> list[str]:
        self.greetings.append(name)
        session.host_name = name
        return answers

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        refused = self.refuse.get(address) or self.refuse.get("*")
        if refused:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.answer:
            return self.answer
        content = envelope.original_content or b""
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.raw.append(content)
        self.taken += [(to, message) for to in envelope.rcpt_tos]
        if self.log is not None:
            with self.log.open("a") as file:
                file.writelines(f"{to}\n" for to in envelope.rcpt_tos)
        # Taken, and the answer late: who is killed now never hears of it.
        await asyncio.sleep(self.stall_seconds)
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [message for to, message in self.taken if to == address]

    @property
    def addresses(self) -> list[str]:
        return sorted(to for to, _message in self.taken)


def serving(server: Server, port: int) -> Controller:
    """Start the server on the loopback; the caller stops it."""
    controller = Controller(server, hostname="127.0.0.1", port=port, ready_timeout=20)
    controller.start()
    return controller
