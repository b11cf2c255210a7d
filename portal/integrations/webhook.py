"""A message to a web address that a stranger gave: sent to the address that was checked alone."""

import http.client
import ipaddress
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = frozenset({443, 8443})
LONGEST = 500
#: Of the answer so much is read and thrown away.
READ_AT_MOST = 4096
CONNECT_SECONDS = 5.0
#: From the first byte to the last; who answers by drops is hung up on.
SECONDS_IN_ALL = 10.0
#: Names that mean this machine or this network; `.onion` has no address that could be checked.
LOCAL_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "onion")
#: IPv6 that carries an IPv4 address to another network: 6to4, Teredo, both NAT64, and the old form.
CARRIERS = tuple(
    ipaddress.ip_network(net)
    for net in ("2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48", "::/96")
)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)

Resolve = Callable[[str, int], Sequence[str]]
Connect = Callable[[str, int, float], socket.socket]


class Refused(ValueError):
    """The address may not be written to. `code` names the rule; it never holds the address."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotReached(Exception):
    """The message was not taken; `code` is the answer's status or the kind of fault."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """A web address whose words keep the rules; where it leads is not known yet."""

    host: str
    port: int
    path: str


def target_of(address: str) -> Target:
    """Read a web address by rules that need no network. Raises Refused."""
    if len(address) > LONGEST or not address.isascii() or re.search(r"[\x00-\x20\x7f\\]", address):
        raise Refused("written_wrong")
    try:
        parts = urlsplit(address)
        port = parts.port if parts.port is not None else 443
        host = parts.hostname or ""
    except ValueError as error:
        raise Refused("written_wrong") from error
    if parts.scheme != "https":
        raise Refused("not_https")
    if "@" in parts.netloc or parts.fragment:
        raise Refused("written_wrong")
    if port not in PORTS:
        raise Refused("port")
    if not _is_name(host):
        # Only an address written in the usual way; 127.1, 0x7f000001 and 2130706433 are none.
        _public(host)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host, port, path)


def _is_name(host: str) -> bool:
    labels = host.split(".")
    if len(host) > 253 or len(labels) < 2 or not all(_LABEL.fullmatch(one) for one in labels):
        return False
    if any(label.startswith("xn--") for label in labels):
        raise Refused("written_wrong")
    if any(host == name or host.endswith(f".{name}") for name in LOCAL_NAMES):
        raise Refused("not_public")
    # What ends in a number is read as an address by some resolvers.
    return re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]) is None


def _public(address: str) -> str:
    """Return an address that is one of the open internet, in its plain form. Raises Refused."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError as error:
        raise Refused("not_public") from error
    if isinstance(found, ipaddress.IPv6Address):
        if found.scope_id is not None or any(found in net for net in CARRIERS):
            raise Refused("not_public")
        if found.ipv4_mapped is not None:
            return _public(str(found.ipv4_mapped))
    if not found.is_global or found.is_multicast or found.is_reserved or found.is_unspecified:
        raise Refused("not_public")
    return str(found)


def checked_address(target: Target, resolve: Resolve) -> str:
    """Return the address to connect to: the name is looked up once, and all that it means must be
    public. Raises Refused; OSError where the name means nothing.
    """
    if not _is_name(target.host):
        return _public(target.host)
    found = [_public(one) for one in resolve(target.host, target.port)]
    if not found:
        raise Refused("not_public")
    return found[0]


def looked_up(host: str, port: int) -> list[str]:
    """Return what a name means, in the order of the system's resolver."""
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in rows))


def connected(address: str, port: int, seconds: float) -> socket.socket:
    return socket.create_connection((address, port), timeout=seconds)


class _Line(http.client.HTTPSConnection):
    """A connection to an address that was checked; the certificate is that of the name."""

    def __init__(self, target: Target, line: socket.socket, context: ssl.SSLContext) -> None:
        super().__init__(target.host, target.port, context=context)
        self._line, self._tls = line, context
        self.is_over = False

    def connect(self) -> None:
        # Held before the handshake, so that it can be hung up on in the midst of one.
        self.sock = self._tls.wrap_socket(
            self._line, server_hostname=self.host, do_handshake_on_connect=False
        )
        self.sock.do_handshake()

    def hang_up(self) -> None:
        """Break off, whatever is waited for: what came so far would read like a short answer."""
        self.is_over = True
        with suppress(OSError):
            (self.sock or self._line).shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Sends one message by one POST: no redirect is followed, no cookie, no word of who we are."""

    resolve: Resolve = looked_up
    connect: Connect = connected
    context: ssl.SSLContext | None = None
    seconds: float = SECONDS_IN_ALL

    def send(self, address: str, words: str) -> None:
        """Post the words as the chat services take them. Raises Refused or NotReached."""
        target = target_of(address)
        try:
            where = checked_address(target, self.resolve)
            line = self.connect(where, target.port, CONNECT_SECONDS)
        except OSError as error:
            raise NotReached(type(error).__name__) from None
        connection = _Line(target, line, self.context or ssl.create_default_context())
        # Each single read may come in time, and all of them in none.
        watch = threading.Timer(self.seconds, connection.hang_up)
        watch.start()
        try:
            status = _posted(connection, target, words)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotReached(type(error).__name__) from None
        finally:
            watch.cancel()
            connection.close()
            line.close()
        if connection.is_over:
            raise NotReached("timed_out")
        if not 200 <= status < 300:
            raise NotReached(str(status))


def _posted(connection: _Line, target: Target, words: str) -> int:
    head = {"Content-Type": "application/json; charset=utf-8", "Connection": "close"}
    connection.request("POST", target.path, body=body_of(words), headers=head)
    answer = connection.getresponse()
    answer.read(READ_AT_MOST)
    return answer.status


def body_of(words: str) -> bytes:
    """Return the message in the forms of DingTalk and WeCom (`msgtype`) and Feishu (`msg_type`)."""
    both = {"msgtype": "text", "msg_type": "text"}
    said = {"text": {"content": words}, "content": {"text": words}}
    return json.dumps({**both, **said}, ensure_ascii=False).encode("utf-8")
