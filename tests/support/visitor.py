"""Somebody at the public pages, by HTTP alone: reads forms off the page, as a browser would."""

import io
import re
from html.parser import HTMLParser


class Forms(HTMLParser):
    """The forms of a page with what stands in them, and the page's words."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.forms, self.words, self.area = {}, [], None
        self.current, self.radio_done = None, set()
        self.feed(html.replace("\r\n", "\n"))  # as every browser does before it parses

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "form":
            self.current = self.forms.setdefault(values.get("action") or "", {})
        elif self.current is not None and tag == "input" and "name" in values:
            kind = values.get("type", "text")
            if kind in ("radio", "checkbox") and "checked" not in values:
                return
            if kind != "file":
                self.current[values["name"]] = values.get("value") or ""
        elif self.current is not None and tag == "textarea":
            self.area = values["name"]
            self.current[self.area] = ""

    def handle_endtag(self, tag):
        if tag == "textarea" and self.area is not None:
            # HTML leaves out the first line end of a textarea.
            self.current[self.area] = self.current[self.area].removeprefix("\n")
            self.area = None
        if tag == "form":
            self.current = None

    def handle_data(self, data):
        if self.area is not None:
            self.current[self.area] += data
        else:
            self.words.append(data)


class Visitor:
    """A browser without script; `tls` says whether a trusted proxy told of TLS."""

    def __init__(self, app, *, tls=False, language="en"):
        self.client = app.test_client()
        self.base = "https://localhost" if tls else "http://localhost"
        self.language = language
        self.answer = None

    def _took(self, answer):
        self.answer = answer
        while answer.status_code in (301, 302, 303):
            answer = self.client.get(answer.headers["Location"], base_url=self.base)
        self.page = answer
        return answer

    def get(self, path):
        joined = "&" if "?" in path else "?"
        address = f"{path}{joined}lang={self.language}"
        return self._took(self.client.get(address, base_url=self.base))

    def post(self, path, data=None, **more):
        return self._took(self.client.post(path, data=data, base_url=self.base, **more))

    @property
    def html(self):
        return self.page.get_data(as_text=True)

    @property
    def read(self):
        return Forms(self.html)

    def fields(self, part):
        """Return the address and the fields of the form whose address holds `part`."""
        found = [(a, f) for a, f in self.read.forms.items() if re.search(part, a)]
        assert len(found) == 1, (part, list(self.read.forms), self.page.status_code)
        return found[0]

    def send(self, part, files=(), **typed):
        """Fill the page's form and send it; `files` are (name, bytes)."""
        address, fields = self.fields(part)
        data = {**fields, **typed}
        if files:
            data["photos"] = [(io.BytesIO(content), name) for name, content in files]
            return self.post(address, data, content_type="multipart/form-data")
        return self.post(address, data)

    # The journey

    def what_where(self, text="二楼的楼梯门被铁链锁住。", place="纸箱路 18 号", **typed):
        self.get("/report")
        return self.send(r"/report\?|/report$", text=text, place=place, **typed)

    def evidence(self, files=(), **typed):
        return self.send("/report/evidence", files, **typed)

    def check(self, **typed):
        """Go as far as the page before sending."""
        self.what_where(**typed)
        self.evidence()
        return self.page

    def file(self, **typed):
        """File a report and return its 16 digits."""
        self.check(**typed)
        self.send("/report/send")
        return self.code

    @property
    def code(self):
        found = re.findall(r"\b\d{4}\b", "".join(self.read.words))
        digits = re.search(r"(\d{4})\D{0,3}(\d{4})\D{0,3}(\d{4})\D{0,3}(\d{4})", self.text)
        assert digits, found
        return "".join(digits.groups())

    @property
    def text(self):
        return "".join(self.read.words)

    def open(self, code):
        self.get("/receipt")
        return self.send(r"/receipt\?|/receipt$", code=code)
