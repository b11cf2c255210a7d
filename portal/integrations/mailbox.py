"""The SMTP server that catches all: each mail becomes a file in the data folder, none goes out."""

import argparse
import asyncio
import email
import email.policy
import os
import re
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from portal.foundation.clock import floored_to_hour, now
from portal.foundation.secrets import sync_folder, write_draft

LIMIT_BYTES = 10_000_000
NUMBER = re.compile(r"(\d{8})\.eml")


@dataclass(frozen=True)
class Mail:
    """A caught mail: its number in the order of arrival, to whom it went, what it says."""

    number: int
    recipients: tuple[str, ...]
    message: EmailMessage


def mails_in(folder: Path) -> Iterator[Mail]:
    """Yield the caught mails, the newest first."""
    for number in sorted(numbers(folder), reverse=True):
        content = (folder / f"{number:08}.eml").read_bytes()
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)  # noqa: S101 - the policy's kind
        recipients = message.get_all("X-Portal-Recipient", [])
        yield Mail(number, tuple(str(recipient) for recipient in recipients), message)


def numbers(folder: Path) -> list[int]:
    """Return the numbers of the mails in `folder`, in no order."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return [int(found[1]) for name in names if (found := NUMBER.fullmatch(name))]


def keep(folder: Path, content: bytes, recipients: list[str]) -> int:
    """Write a mail under the next number and return that; it is on the disk then.

    The file's time is floored to the hour: it would tell when a reporter did something.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    head = b"".join(
        b"X-Portal-Recipient: " + re.sub(r"[\r\n]", "", address).encode() + b"\r\n"
        for address in recipients
    )
    draft = write_draft(folder / "incoming", head + content)
    moment = floored_to_hour(now()).timestamp()
    os.utime(draft, (moment, moment))
    number = max(numbers(folder), default=0) + 1
    try:
        while True:
            try:
                os.link(draft, folder / f"{number:08}.eml")
            except FileExistsError:
                number += 1
            else:
                break
    finally:
        draft.unlink()
    sync_folder(folder)
    return number


class Catcher:
    """Takes every mail for everybody."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer 250 once the mail is on the disk; a full disk makes the sender try again."""
        content = envelope.original_content or b""
        try:
            await asyncio.to_thread(keep, self.folder, content, list(envelope.rcpt_tos))
        except OSError:
            return "451 The mailbox can't be written now"
        return "250 OK"


async def serve(folder: Path, listening: socket.socket) -> None:
    """Catch mails from `listening` until SIGTERM."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    server = await loop.create_server(
        lambda: SMTP(
            Catcher(folder),
            data_size_limit=LIMIT_BYTES,
            enable_SMTPUTF8=True,
            hostname="localhost",
            ident="mailbox",
        ),
        sock=listening,
    )
    async with server:
        await over.wait()


def main() -> None:
    """Serve on the socket that the supervisor opened, so that its port outlives this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--fd", type=int, required=True)
    given = parser.parse_args()
    asyncio.run(serve(given.folder, socket.socket(fileno=given.fd)))


if __name__ == "__main__":
    main()
