"""Web addresses that strangers give: what is refused, and where a message really goes."""

import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.integrations.webhook import NotReached, Refused, Webhooks, checked_address, target_of

HOST = "hooks.example.com"
PUBLIC = "93.184.216.34"
#: Refused as they are written, before any name is looked up.
WRITTEN = (
    *("https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/"),
    *("https://017700000001/", "https://0x7f.1/", "https://1.2.3.0x7f/", "https://0.0.0.0/"),
    *("https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::127.0.0.1]/"),
    *("https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[fe80::1%25eth0]/"),
    *("https://[fd00::1]/", "https://[fe80::1]/", "https://[ff02::1]/", "https://169.254.169.254/"),
    *("https://10.1.2.3/", "https://172.16.0.1/", "https://192.168.1.1/", "https://100.64.0.1/"),
    *(
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://localhost/",
        "https://localhost./",
    ),
    *("https://a.localhost/", "https://db.internal/", "https://printer.local/", "https://host/"),
    *("http://hooks.example.com/", "gopher://hooks.example.com/", "file:///etc/passwd"),
    *("ftp://hooks.example.com/", "//hooks.example.com/", "javascript:alert(1)", ""),
    *("https://me@hooks.example.com/", "https://hooks.example.com@127.0.0.1/"),
    *("https://hooks.example.com:22/", "https://hooks.example.com:25/"),
    *("https://hooks.example.com:5432/", "https://hooks.example.com:0/", "https://x.com:99999/"),
    *("https://ｈooks.example.com/", "https://xn--80ak6aa92e.com/", "https://exa mple.com/"),
    *("https://hooks.example.com\\@127.0.0.1/", "https://hooks.example.com/\r\nX: y"),
    *("https://hooks.example.com./", "https://-a.example.com/", f"https://{HOST}/{'a' * 500}"),
)
#: Refused for what the name means.
MEANT = (
    *("127.0.0.1", "10.0.0.8", "172.31.255.1", "192.168.0.1", "169.254.169.254", "100.64.0.1"),
    *("0.0.0.0", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "fd12::1", "fe80::1", "192.0.2.1"),
)


@pytest.mark.parametrize("address", WRITTEN)
def test_what_is_no_plain_public_https_address_is_refused_as_it_is_written(address):
    with pytest.raises(Refused):
        target_of(address)


@pytest.mark.parametrize("meant", MEANT)
def test_a_name_that_means_one_of_our_own_is_refused_whatever_else_it_means(meant):
    for found in ([meant], [PUBLIC, meant], [meant, PUBLIC]):
        with pytest.raises(Refused):
            checked_address(target_of(f"https://{HOST}/x"), lambda host, port, f=found: f)


def test_plain_public_addresses_are_taken():
    for address in (f"https://{HOST}", f"https://{HOST}:8443/a?b=c", f"https://{PUBLIC}/"):
        found = checked_address(target_of(address), lambda host, port: [PUBLIC])
        assert found == PUBLIC


# Where it really goes


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """A certificate of HOST and the context of somebody who trusts it."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    begin = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder, ssl.create_default_context(cafile=str(folder / "cert.pem"))


class Hook:
    """A server at the end of the line: answers with `answer`, one byte a time if `slow`."""

    def __init__(self, folder, answer, *, slow=False):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        self.answer, self.slow, self.taken, self.asked = answer, slow, b"", []
        self.listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            self.serve_one(self.listening.accept()[0])

    def serve_one(self, line):
        try:
            with self.context.wrap_socket(line, server_side=True) as tls:
                while b"}}" not in self.taken:
                    self.taken += tls.recv(4096)
                for place in range(len(self.answer)) if self.slow else [None]:
                    tls.sendall(self.answer[place : place + 1] if self.slow else self.answer)
                    threading.Event().wait(0.02 if self.slow else 0)
        except (OSError, ValueError):
            pass

    def connect(self, address, port, seconds):
        self.asked.append((address, port))
        return socket.create_connection(self.listening.getsockname(), timeout=seconds)


def sending(hook, papers, resolve=None, **more):
    found = resolve or (lambda host, port: [PUBLIC])
    return Webhooks(resolve=found, connect=hook.connect, context=papers[1], **more)


def test_a_message_goes_to_the_checked_address_once_looked_up_and_says_its_words(papers):
    hook = Hook(papers[0], b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    # The second answer would lead home: nobody asks a second time.
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    sending(hook, papers, lambda host, port: next(answers)).send(f"https://{HOST}/x?y=1", "有消息")
    assert hook.asked == [(PUBLIC, 443)]
    head, _, body = hook.taken.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /x?y=1 HTTP/1.1\r\n")
    assert f"Host: {HOST}".encode() in head
    assert b"User-Agent" not in head
    assert b"Cookie" not in head
    assert "有消息".encode() in body


def test_a_redirect_is_a_failure_and_followed_nowhere(papers):
    head = b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    hook = Hook(papers[0], head)
    with pytest.raises(NotReached) as error:
        sending(hook, papers).send(f"https://{HOST}/", "x")
    assert error.value.code == "302"
    assert len(hook.asked) == 1


def test_who_answers_by_drops_or_without_end_is_hung_up_on(papers):
    slow = Hook(papers[0], b"HTTP/1.1 200 OK\r\nX: " + b"a" * 9000, slow=True)
    begun = time.monotonic()
    with pytest.raises(NotReached):
        sending(slow, papers, seconds=0.3).send(f"https://{HOST}/", "x")
    assert time.monotonic() - begun < 5
    endless = Hook(papers[0], b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 5_000_000)
    sending(endless, papers).send(f"https://{HOST}/", "x")


def test_a_certificate_of_somebody_else_is_a_failure(papers):
    hook = Hook(papers[0], b"HTTP/1.1 200 OK\r\n\r\n")
    with pytest.raises(NotReached):
        sending(hook, papers).send("https://other.example.com/", "x")
    untrusted = Webhooks(resolve=lambda host, port: [PUBLIC], connect=hook.connect)
    with pytest.raises(NotReached):
        untrusted.send(f"https://{HOST}/", "x")
