"""Forms as they stand on a page, with the kind of every field, and what is alive on the page."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

TEXT_KINDS = frozenset({"text", "textarea", "email", "search", "tel", "url", "password"})


@dataclass
class Field:
    """A field: its kind is the type of an input, else the name of its element."""

    name: str
    kind: str
    value: str = ""
    is_on: bool = True
    options: list[str] = field(default_factory=list)
    id: str = ""


@dataclass
class PageForm:
    """A form; `action` is what its page says, "" for the page's own address."""

    action: str
    method: str
    fields: list[Field] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def sent(self) -> dict[str, list[str]]:
        """Return what a browser would send of the form as it stands."""
        data: dict[str, list[str]] = {}
        for one in self.fields:
            if one.kind != "file" and one.is_on:
                data.setdefault(one.name, []).append(one.value)
        return data

    def texts(self) -> list[str]:
        """Return the names of the fields into which people type."""
        return [one.name for one in self.fields if one.kind in TEXT_KINDS]

    def chosen(self) -> list[str]:
        """Return the names of all other fields, but for files."""
        names = {f.name for f in self.fields if f.kind not in TEXT_KINDS and f.kind != "file"}
        return sorted(names)

    def value(self, name: str) -> str:
        """Return what stands in the first field of that name."""
        return next(one.value for one in self.fields if one.name == name)


class Page(HTMLParser):
    """A page: its forms, its words, and whatever on it would run or load (`alive`)."""

    def __init__(self, html: str, address: str = "/") -> None:
        super().__init__(convert_charrefs=True)
        self.address = address
        self.forms: list[PageForm] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.alive: list[str] = []
        self.ids: set[str] = set()
        self.errors: list[str] = []
        self._in_error = False
        self._form: PageForm | None = None
        self._select: Field | None = None
        self._area: Field | None = None
        self._in_script = False
        # A browser makes all line ends one kind before it reads, and shows a NUL as U+FFFD.
        self.feed(html.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd"))
        self.close()

    @property
    def text(self) -> str:
        return "".join(self.words)

    def forgetting(self, short: str) -> list[str]:
        """Return where on this site links and forms lead without asking for that language.

        A browser drops the query of the address of a form that asks by GET: a field carries it.
        """
        asking = [form for form in self.forms if form.method == "get"]
        telling = [form.action for form in self.forms if form.method == "post"]
        lost = [form.action for form in asking if form.sent().get("lang") != [short]]
        for address in [*self.links, *telling]:
            parts = urlsplit(address)
            is_ours = not parts.netloc and parts.path.startswith("/")
            if is_ours and parse_qs(parts.query).get("lang") != [short]:
                lost.append(address)
        return lost

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values: dict[str, Any] = dict(attrs)
        self._judge(tag, values)
        self.ids.add(values.get("id") or "")
        self._in_error = "error" in (values.get("class") or "") or self._in_error
        name = values.get("name") or ""
        # The link to the other language asks for that one.
        if tag == "a" and values.get("href") and values.get("rel") != "alternate":
            self.links.append(urljoin(self.address, values["href"]))
        if tag == "form":
            action = urljoin(self.address, values.get("action") or self.address)
            self._form = PageForm(action, (values.get("method") or "get").lower())
            self.forms.append(self._form)
        if tag == "option" and self._select is not None:
            self._select.options.append(values.get("value") or "")
            if "selected" in values or len(self._select.options) == 1:
                self._select.value, self._select.is_on = values.get("value") or "", True
        if self._form is None or not name:
            return
        if tag == "input":
            kind = values.get("type", "text")
            is_box = kind in ("radio", "checkbox")
            value = values.get("value", "on" if is_box else "") or ""
            is_on = not is_box or "checked" in values
            self._form.fields.append(Field(name, kind, value, is_on, id=values.get("id") or ""))
        elif tag == "textarea":
            self._area = Field(name, "textarea", id=values.get("id") or "")
            self._form.fields.append(self._area)
        elif tag == "select":
            self._select = Field(name, "select", is_on=False)
            self._form.fields.append(self._select)
        elif tag == "button":
            self._form.buttons.append((name, values.get("value") or ""))

    def _judge(self, tag: str, values: dict[str, Any]) -> None:
        self._in_script = tag == "script" and values.get("type") != "application/json"
        for name, value in values.items():
            where = (value or "").strip().lower()
            is_code = where.startswith(("javascript:", "data:", "vbscript:"))
            if name.startswith("on") or name == "style" or (name in ("href", "src") and is_code):
                self.alive.append(f"<{tag} {name}={value!r}>")
        if tag in ("iframe", "object", "embed", "base") or (tag == "svg" and not values):
            self.alive.append(f"<{tag}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._area is not None:
            # HTML leaves out the first line end of a text area.
            self._area.value = self._area.value.removeprefix("\n")
            self._area = None
        elif tag == "script":
            self._in_script = False
        elif tag in ("p", "div", "ul"):
            self._in_error = False

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data
        elif self._in_script and data.strip():
            self.alive.append(f"<script>{data[:80]}")
        else:
            self.words.append(data)
            if self._in_error and data.strip():
                self.errors.append(data.strip())


def key_of(app: Any, form: PageForm) -> str:
    """Return what a form is known by: its endpoint, with the move where the address names one.

    "" for one that goes nowhere, such as that of a dialog.
    """
    if form.method not in ("get", "post"):
        return ""
    path = urlsplit(form.action).path
    endpoint, values = app.url_map.bind("localhost").match(path, method=form.method.upper())
    return " ".join([endpoint, *([values["move"]] if "move" in values else [])])
