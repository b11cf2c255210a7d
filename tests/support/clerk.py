"""Somebody at a browser without script: reads pages, follows links, fills and sends their forms."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

VOID = {"input", "br", "meta", "link", "img", "rect", "path", "line", "circle"}


@dataclass
class Form:
    """A form as a browser would send it: what is filled in already, and its buttons."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.open: Form | None = None
        self.text: list[str] = []
        self.words: list[str] | None = None
        self.select: tuple[Form, str, list[tuple[str, bool]]] | None = None
        self.area: tuple[Form, str] | None = None
        self.after: Any = None
        self.skip = 0

    def owner(self, attributes: dict[str, str | None]) -> Form | None:
        name = attributes.get("form")
        if name is None:
            return self.open
        return next((form for form in self.forms if form.action.endswith(f"#{name}")), self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        name = values.get("name") or ""
        if tag in ("script", "style", "svg"):
            self.skip += 1
        elif tag == "form":
            action = values.get("action") or ""
            mark = f"#{values['id']}" if values.get("id") else ""
            self.open = Form(action + mark, (values.get("method") or "get").lower())
            self.forms.append(self.open)
        elif tag == "a" and values.get("href"):
            self.words = []
            self.after = ("link", values["href"])
        elif tag == "input" and (form := self.owner(values)) and name:
            form.names.add(name)
            kind = values.get("type", "text")
            if kind in ("checkbox", "radio") and "checked" not in values:
                return
            if kind != "file":
                form.fields.append((name, values.get("value") or ""))
        elif tag == "button" and (form := self.owner(values)):
            self.words = []
            self.after = ("button", form, name, values.get("value") or "")
        elif tag == "select" and (form := self.owner(values)) and name:
            form.names.add(name)
            self.select = (form, name, [])
        elif tag == "option" and self.select:
            self.select[2].append((values.get("value") or "", "selected" in values))
        elif tag == "textarea" and (form := self.owner(values)) and name:
            form.names.add(name)
            self.area = (form, name)
            self.words = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "svg"):
            self.skip -= 1
        elif tag == "form":
            self.open = None
        elif tag == "a" and self.after and self.after[0] == "link":
            self.links.append((self.after[1], " ".join("".join(self.words or []).split())))
            self.words = self.after = None
        elif tag == "button" and self.after and self.after[0] == "button":
            _kind, form, name, value = self.after
            form.buttons.append((name, value, " ".join("".join(self.words or []).split())))
            self.words = self.after = None
        elif tag == "select" and self.select:
            form, name, options = self.select
            chosen = [value for value, on in options if on] or [options[0][0]] if options else []
            form.fields += [(name, value) for value in chosen[:1]]
            self.select = None
        elif tag == "textarea" and self.area:
            # HTML drops the first line break of a text area.
            form, name = self.area
            form.fields.append((name, re.sub(r"^\n", "", "".join(self.words or []))))
            self.area = self.words = None

    def handle_data(self, data: str) -> None:
        if self.words is not None:
            self.words.append(data)
        if not self.skip and self.area is None:
            self.text.append(data)


class Clerk:
    """One person: a test client and the page before them."""

    def __init__(self, client: Any, language: str = "en") -> None:
        self.client = client
        self.language = language
        self.status = 0
        self.html = ""
        self.address = ""
        self.read = _Reader()

    def go(self, address: str) -> "Clerk":
        """Open an address and follow where it leads."""
        answer = self.client.get(
            address, follow_redirects=True, headers={"Accept-Language": self.language}
        )
        return self._seen(answer)

    def _seen(self, answer: Any) -> "Clerk":
        self.status = answer.status_code
        self.html = answer.get_data(as_text=True)
        self.address = answer.request.full_path.rstrip("?")
        self.read = _Reader()
        self.read.feed(self.html)
        return self

    @property
    def text(self) -> str:
        return " ".join("".join(self.read.text).split())

    @property
    def links(self) -> list[str]:
        return [href for href, _words in self.read.links]

    def form(self, part: str) -> Form:
        """Return the first form whose action holds `part`."""
        for form in self.read.forms:
            if part in form.action:
                return form
        raise AssertionError(f"no form for {part!r} on {self.address}: {self.text[:400]}")

    def send(
        self,
        part: str,
        *,
        button: tuple[str, str] | None = None,
        follow: bool = True,
        **changes: Any,
    ) -> "Clerk":
        """Send a form as it stands, some fields changed.

        A list sends a field several times; a tuple is a file: bytes to read and its name.
        """
        form = self.form(part)
        unknown = set(changes) - form.names - {"_method"}
        assert not unknown, f"{form.action} has no field {unknown}; it has {sorted(form.names)}"
        data: dict[str, list[Any]] = {}
        for name, value in form.fields:
            if name not in changes:
                data.setdefault(name, []).append(value)
        for name, value in changes.items():
            several = value if isinstance(value, list) else [value]
            data[name] = [one if isinstance(one, tuple) else str(one) for one in several]
        if button:
            data[button[0]] = [button[1]]
        action = urljoin(self.address, form.action.partition("#")[0] or self.address)
        headers = {"Accept-Language": self.language}
        if form.method == "get":
            return self.go(action + "?" + "&".join(f"{k}={v[0]}" for k, v in data.items()))
        answer = self.client.post(action, data=data, follow_redirects=follow, headers=headers)
        return self._seen(answer)


def query_of(address: str) -> dict[str, str]:
    """Return the arguments of an address."""
    return dict(parse_qsl(urlsplit(address).query))
