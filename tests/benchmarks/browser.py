"""One client on one kept connection, with cookies, as quick as a client in Python can be."""

import re
import time
from html.parser import HTMLParser
from http.client import HTTPConnection, RemoteDisconnected
from urllib.parse import urlencode

TOKEN = re.compile(r'name="csrf_token"[^>]*?value="([^"]+)"')


class Unexpected(Exception):
    """The server answered otherwise than the measurement needs."""


class Browser:
    """Times what it asks; the time runs from the request to the last byte of the answer."""

    def __init__(self, port: int, headers: dict[str, str] | None = None) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Accept-Language": "zh-CN", **(headers or {})}
        self.cookies: dict[str, str] = {}
        self.spent = 0.0
        self.status = 0
        self.location = ""
        self.page = ""
        self.answer_headers: dict[str, str] = {}

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> int:
        """Send one request and return the status; redirects are not followed."""
        headers = dict(self.headers)
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if method == "POST":
            body = urlencode(fields or {}).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        started = time.perf_counter()
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        except (RemoteDisconnected, BrokenPipeError):
            # The server closes what was idle for long; a request it has not answered is safe.
            self.connection.close()
            started = time.perf_counter()
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        content = answer.read()
        self.spent += time.perf_counter() - started
        self.status = answer.status
        self.location = answer.headers.get("Location", "")
        self.answer_headers = {name.lower(): value for name, value in answer.headers.items()}
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = cookie.partition("=")
            value = rest.split(";")[0]
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        if "content-encoding" not in self.answer_headers:
            self.page = content.decode()
        self.body = content
        return self.status

    def get(self, path: str, *, expect: int = 200) -> str:
        """Ask for a page. Raises Unexpected for another status."""
        if self.ask("GET", path) != expect:
            raise Unexpected(f"GET {path}: {self.status} {self.location}")
        return self.page

    def post(self, path: str, fields: dict[str, str], *, expect: int = 303) -> str:
        """Send a form and return where it leads. Raises Unexpected for another status."""
        if self.ask("POST", path, fields) != expect:
            raise Unexpected(f"POST {path}: {self.status} {self.page[:400]}")
        return self.location

    def token(self) -> str:
        """Return the cross-site token of the page at hand."""
        found = TOKEN.search(self.page)
        if found is None:
            raise Unexpected("the page has no token")
        return found[1]

    def timed(self) -> float:
        """Return the seconds spent since the last call."""
        spent, self.spent = self.spent, 0.0
        return spent


class FormReader(HTMLParser):
    """Collects what a browser without script would send of one form."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id, self.inside = form_id, False
        self.action, self.select = "", ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and given.get("id") == self.form_id:
            self.inside, self.action = True, given.get("action") or ""
        if not self.inside:
            return
        name, kind = given.get("name") or "", given.get("type")
        if tag == "select":
            self.select = name
            self.fields.setdefault(name, "")
        elif tag == "option" and "selected" in given:
            self.fields[self.select] = given.get("value") or ""
        elif tag == "input" and name and (kind not in ("radio", "checkbox") or "checked" in given):
            self.fields[name] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


def form_of(page: str, form_id: str) -> FormReader:
    """Return a form of the page with what stands in it. Raises Unexpected if it is not there."""
    reader = FormReader(form_id)
    reader.feed(page)
    if not reader.action:
        raise Unexpected(f"the page has no form {form_id}")
    return reader
