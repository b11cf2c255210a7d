import os
import smtplib
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path

import pytest

from portal.integrations import mailbox


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "mail"


@pytest.fixture
def start(folder):
    """Start the mailbox on a socket that outlives it; a second call starts it anew."""
    listening = socket.create_server(("127.0.0.1", 0))
    processes = []

    def run():
        for process in processes:
            process.terminate()
            assert process.wait(20) == 0
        module = [sys.executable, "-m", "portal.integrations.mailbox"]
        options = ["--folder", folder, "--fd", str(listening.fileno())]
        processes.append(
            subprocess.Popen(
                [*module, *options],
                pass_fds=[listening.fileno()],
                cwd=Path(mailbox.__file__).parents[2],
            )
        )
        return listening.getsockname()[1]

    yield run
    listening.close()
    for process in processes:
        process.kill()
        process.wait()


def mail(subject, *recipients):
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "portal@example.org", recipients
    message.set_content("整改期限 2026-10-15\n.\n")
    return message


def send(port, message, recipients=("li@example.org",)):
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as server:
        server.send_message(message, to_addrs=list(recipients))


def test_a_mail_can_be_read_as_it_was_sent(start, folder):
    send(start(), mail("新交办 2026-0431", "li@example.org"), ("li@example.org", "b@example.org"))
    [kept] = mailbox.mails_in(folder)
    assert kept.number == 1
    assert kept.recipients == ("li@example.org", "b@example.org")
    assert kept.message["Subject"] == "新交办 2026-0431"
    assert kept.message.get_content().splitlines()[:2] == ["整改期限 2026-10-15", "."]


def test_the_port_survives_a_restart_and_numbers_go_on(start, folder):
    send(start(), mail("one"))
    send(start(), mail("two"))
    assert [kept.number for kept in mailbox.mails_in(folder)] == [2, 1]


def test_mails_at_once_get_a_number_each(start, folder):
    port = start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: send(port, mail(str(n))), range(24)))
    kept = list(mailbox.mails_in(folder))
    assert sorted(int(one.message["Subject"]) for one in kept) == list(range(24))
    assert sorted(one.number for one in kept) == list(range(1, 25))


def test_the_time_of_the_file_tells_no_minute(start, folder):
    send(start(), mail("x"))
    assert os.stat(folder / "00000001.eml").st_mtime % 3600 == 0
    assert oct(os.stat(folder / "00000001.eml").st_mode & 0o777) == "0o600"


def test_a_folder_that_cannot_be_written_asks_the_sender_to_try_again(start, folder):
    folder.write_text("in the way")
    with pytest.raises(smtplib.SMTPDataError) as caught:
        send(start(), mail("x"))
    assert caught.value.smtp_code == 451
