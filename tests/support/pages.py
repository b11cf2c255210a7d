"""Somebody at a browser: walks by links and buttons alone, and complains when the page does."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Milliseconds that a page may take: other tests run beside, and who waits in vain fails anyway.
PATIENCE = 30_000
RULES = "['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']"


def violations_on(page):
    """What axe-core finds on a page: each rule with where it is broken."""
    page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text())
    asked = f"{{runOnly: {RULES}, resultTypes: ['violations'], preload: false}}"
    found = page.evaluate(f"() => axe.run(document, {asked})")
    return [(v["id"], [n["target"] for n in v["nodes"]]) for v in found["violations"]]


class Walker:
    """One person with one browser profile of their own.

    With script on, any complaint of the browser (a broken policy above all) is a failure when the
    walker closes.
    """

    def __init__(self, browser, address, *, script=True, language="zh", width=1280):
        self.address = address
        self.context = browser.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=script,
            locale="zh-CN" if language == "zh" else "en-GB",
        )
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.script = script
        self.complaints = []
        self.loads = 0
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("response", self._count)

    def _hear(self, line):
        # A 4xx answer to a form is said in the console too; it is no fault of the page.
        if line.type in ("error", "warning") and "Failed to load resource" not in line.text:
            self.complaints.append(line.text)

    def _count(self, response):
        if response.request.resource_type == "document" and response.status < 300:
            self.loads += 1

    def go(self, path):
        """Open an address as if it had been typed."""
        self.page.goto(self.address + path)
        return self

    def leave_by(self, way):
        """Click what leads to another page, and be there: a click alone does not wait for it."""
        with self.page.expect_navigation():
            way.first.click()
        return self

    def follow(self, name, **where):
        """Follow the link with this name."""
        return self.leave_by(self.page.get_by_role("link", name=name, exact=True, **where))

    def press(self, name):
        """Press the button with this name, which sends a form."""
        return self.leave_by(self.page.get_by_role("button", name=name, exact=True))

    def tap(self, name):
        """Press the button with this name, which changes the page that is here."""
        self.page.get_by_role("button", name=name, exact=True).first.click()
        return self

    def fill(self, field, text):
        """Type into the field with this name attribute."""
        self.page.locator(f"[name='{field}']").first.fill(text)
        return self

    def choose(self, field, value):
        """Choose an option, radio or checkbox of the field with this name attribute."""
        box = self.page.locator(f"select[name='{field}']")
        if box.count():
            box.first.select_option(value)
        else:
            self.page.locator(f"input[name='{field}'][value='{value}']").first.check()
        return self

    @property
    def text(self):
        return self.page.locator("body").inner_text()

    @property
    def heading(self):
        return self.page.locator("h1").first.inner_text()

    def violations(self):
        """What axe-core finds on the page; only with script on."""
        return violations_on(self.page)

    def is_too_wide(self, at=None):
        """Whether the page scrolls sideways, as it is or on a screen that is `at` wide."""
        before = self.page.viewport_size
        width = at or before["width"]
        if at:
            self.page.set_viewport_size({**before, "width": at})
        is_wider = self.page.evaluate("() => document.documentElement.scrollWidth") > width
        if at:
            self.page.set_viewport_size(before)
        return is_wider

    def close(self):
        self.context.close()
        if self.script:
            assert self.complaints == []
