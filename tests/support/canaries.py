"""Marks that nobody else writes, people who leave them wherever a request can carry one, and a
search that finds them again in whatever clothes.
"""

import base64
import gzip
import hashlib
import http.client
import ipaddress
import re
import secrets
import threading
import zlib
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

from werkzeug.datastructures import Headers, MultiDict
from werkzeug.test import EnvironBuilder

from tests.support.visitor import Visitor

MARK = "qzvkanarienx"
TOKEN = re.compile(rb"qzvkanarienx[0-9a-f]{12}")
#: Where zlib and gzip begin.
PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
HEX = re.compile(rb"[0-9a-f]{32,}")
#: How PostgreSQL writes bytes, in JSON.
BYTEA = re.compile(rb'"\\\\x([0-9a-f]+)"')
#: Headers in which a browser, an app or a proxy tells something of who asks.
HEADERS = (
    "User-Agent", "Referer", "Accept-Language", "From", "Via", "DNT", "Forwarded", "X-Real-IP",
    "X-Forwarded-For", "X-Forwarded-User", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP",
    "X-Requested-With", "X-Request-ID", "Traceparent", "Sec-CH-UA", "Sec-CH-UA-Model",
    "If-None-Match", "X-Session-ID", "Upload-Metadata", "Upload-Nonce", "X-Wap-Profile",
)  # fmt: skip


def dressed(word):
    """The forms in which a word that ends somewhere in the middle can still be recognised."""
    forms = {word.hex().encode(), word.decode().encode("utf-16-le"), word.decode().encode("utf-16")}
    forms.add("".join(f"%{byte:02x}" for byte in word).encode())
    for shift in range(3):
        # Without the characters that depend on what stands before and behind.
        text = base64.b64encode(b"\0" * shift + word)
        forms.add(text[(0, 2, 3)[shift] : (len(word) + shift) * 8 // 6])
    return forms


FORMS = dressed(MARK.encode()) | dressed(MARK.upper().encode())


class Canaries:
    """Marks, each with the place where it was left; `address` too is looked for."""

    def __init__(self):
        self.left = {}
        self.kept = {}
        octets = [127, *(secrets.randbelow(200) + 20 for _ in range(3))]
        self.address = ".".join(map(str, octets))

    def new(self, where, *, kept_in=None):
        """Make a mark for a place; `kept_in` names the one table in which it may be found."""
        token = f"{MARK}{secrets.token_hex(6)}"
        self.left[token.encode()] = where
        if kept_in:
            self.kept[token.encode()] = kept_in
        return token

    def digests(self):
        """What a plain hash of a mark or of the address looks like."""
        names = ("md5", "sha1", "sha224", "sha256", "sha512", "blake2b")
        words = [*self.left, self.address.encode(), ipaddress.ip_address(self.address).packed]
        return {
            hashlib.new(name, word).hexdigest().encode(): self.left.get(word, "the address")
            for name in names
            for word in words
        }

    def found(self, data, *, deep=True):
        """Return what of all this stands in some bytes: marks, or in words what was seen."""
        low = data.lower()
        seen = set(TOKEN.findall(low))
        if MARK.encode() in low and not seen:
            seen.add(b"a piece of a mark")
        seen |= {b"a mark as " + form for form in FORMS if form in data or form in low}
        address = ipaddress.ip_address(self.address)
        forms = (
            self.address,
            self.address.replace(".", "-"),
            address.packed.hex(),
            str(int(address)),
        )
        seen |= {b"the address as " + form.encode() for form in forms if form.encode() in low}
        if deep:
            for start in PACKED.finditer(data):
                plain = b""
                with suppress(zlib.error):
                    plain = zlib.decompressobj(47).decompress(data[start.start() :], 4_000_000)
                seen |= {b"packed: " + what for what in self.found(plain, deep=False)}
        return seen

    def hashed(self, data, digests):
        """Return the places of which a plain hash, of `digests()`, stands in some text."""
        lengths = {len(digest) for digest in digests}
        seen = set()
        for run in HEX.findall(data.lower()):
            for length in lengths:
                pieces = {run[at : at + length] for at in range(0, len(run) - length + 1)}
                seen |= {digests[piece] for piece in pieces & digests.keys()}
        return seen

    def told(self, seen):
        """Name the places of the marks."""
        return sorted(f"{self.left.get(what[-24:], '')} ({what[:60]!r})" for what in seen)


class Marked:
    """A browser that carries a mark wherever a request has room for one."""

    def __init__(self, canaries, port):
        self.canaries, self.port, self.cookies = canaries, port, {}

    def get(self, path, **ignored):
        return self.ask("GET", path)

    def post(self, path, data=None, **ignored):
        return self.ask("POST", path, data)

    @property
    def application(self):
        """What a `Sender` asks for its client."""
        return SimpleNamespace(test_client=lambda **ignored: self)

    def open(self, path, *, method, headers, data=None):
        return self.ask(method, path, data, headers)

    def ask(self, method, path, data=None, more=()):
        """Send a request; its body is bytes or a form, in parts where it has files."""
        new, where = self.canaries.new, f"{method} {path.split('?')[0][:40]}"
        body, kind = (data, None) if isinstance(data, bytes) else form(data or {})
        headers = {name: f"{new(f'{where}: {name}')}" for name in HEADERS}
        headers["X-Forwarded-For"] += f", {self.canaries.address}"
        headers["Forwarded"] = f'for="{headers["Forwarded"]}"'
        headers["Authorization"] = (
            "Basic "
            + base64.b64encode(
                f"{new(where + ': user')}:{new(where + ': password')}".encode()
            ).decode()
        )
        jar = {**{new(f"{where}: a cookie's name"): new(f"{where}: a cookie")}, **self.cookies}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        headers |= dict(more)
        if data:
            headers |= {"Content-Length": str(len(body))}
        if kind:
            headers |= {"Content-Type": kind}
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=30, source_address=(self.canaries.address, 0)
        )
        joined = "&" if "?" in path else "?"
        address = f"{path}{joined}{new(where + ': argument name')}={new(where + ': argument')}"
        try:
            connection.request(method, address, body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            name, value = line.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return SimpleNamespace(
            status_code=answer.status,
            headers=Headers(answer.headers.items()),
            get_data=lambda as_text=False: content.decode() if as_text else content,
        )


def form(data):
    """Return the body and the type of a form as a browser sends it."""
    if not data:
        return b"", None
    lists = {name: value if isinstance(value, list) else [value] for name, value in data.items()}
    environ = EnvironBuilder(path="/", method="POST", data=MultiDict(lists)).get_environ()
    return environ["wsgi.input"].read(), environ["CONTENT_TYPE"]


class MarkedVisitor(Visitor):
    """A reporter with such a browser."""

    def __init__(self, canaries, port):
        self.client, self.base, self.language = Marked(canaries, port), "", "en"
        self.answer = None

    def _took(self, answer):
        if "Location" in answer.headers:
            answer.headers["Location"] = re.sub(r"^https?://[^/]+", "", answer.headers["Location"])
        return super()._took(answer)


class Proxy(ThreadingHTTPServer):
    """A proxy that tells the portal all it knows of who asks, as a careless one would."""

    daemon_threads = True

    def __init__(self, port):
        self.behind = port
        super().__init__(("127.0.0.1", 0), PassOn)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]


class PassOn(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.pass_on
        raise AttributeError(name)

    def pass_on(self):
        who = self.client_address[0]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if name != "Connection"}
        earlier = headers.get("X-Forwarded-For")
        headers["X-Forwarded-For"] = f"{earlier}, {who}" if earlier else who
        headers |= {"X-Real-IP": who, "Forwarded": f"for={who};proto=https", "Via": f"1.1 {who}"}
        headers |= {"X-Forwarded-Proto": "https", "X-Forwarded-Port": "443"}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=30)
        connection.request(self.command, self.path, body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in {"connection", "transfer-encoding", "content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        connection.close()

    def log_message(self, *given):
        pass


def in_clothes(token):
    """A mark in each form in which it must be found, for a test of the search itself."""
    plain = token.encode()
    return {
        "plain": plain,
        "capitals": plain.upper(),
        "utf-16": token.encode("utf-16-le"),
        "hex": plain.hex().encode(),
        "capital hex": plain.hex().upper().encode(),
        "percent": "".join(f"%{byte:02X}" for byte in plain).encode(),
        **{f"base64 after {n}": base64.b64encode(b"x" * n + plain) for n in range(3)},
        "base64 of capitals": base64.urlsafe_b64encode(b"x" + plain.upper()),
        "gzip": b"rest" + gzip.compress(b"much " + plain) + b"rest",
        "zlib of base64": zlib.compress(base64.b64encode(plain) * 3),
    }
