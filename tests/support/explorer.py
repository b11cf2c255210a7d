"""Somebody who goes wherever links and buttons lead, and notes what is wrong on the way."""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from werkzeug.exceptions import HTTPException

from tests.support.keyboard import faults_by_keyboard
from tests.support.pages import Walker, violations_on
from tests.support.town import Town

#: Folds are opened, as a press does; then every link, form and picture that can be seen.
GATHER = """() => {
  document.querySelectorAll('details').forEach((one) => { one.open = true; });
  const seen = (one) => one.checkVisibility();
  const links = [...document.querySelectorAll('a[href]')].filter(seen).map((one) => one.href);
  const presses = [];
  for (const button of document.querySelectorAll('button, input[type=submit]')) {
    if (button.form && seen(button) && button.type === 'submit') {
      // Fields may be called "method" or "action": the attributes are meant.
      const said = (name) => button.getAttribute(`form${name}`) || button.form.getAttribute(name);
      const address = new URL(said('action') || location.href, location.href).href;
      presses.push([(said('method') || 'get').toUpperCase(), address]);
    }
  }
  // A field in which Enter sends the form needs no button.
  for (const form of document.querySelectorAll('form[method=get]')) {
    const field = form.querySelector('input[type=search], input[type=text], input:not([type])');
    if (field && seen(field) && !form.querySelector('button, [type=submit]')) {
      presses.push(['GET', form.action]);
    }
  }
  const pictures = [...document.querySelectorAll('img[src]')].map((one) => one.src);
  // A menu of the bar left open would lie over the page.
  document.querySelectorAll('header details').forEach((one) => { one.open = false; });
  return {links, presses, pictures};
}"""

#: What is read or said on the page in its own language: text and the words of attributes.
WORDS = """() => {
  const own = document.documentElement.lang;
  const found = [document.title];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    const here = parent.closest('[lang]').lang;
    const aside = 'script, style, code, samp, kbd, textarea, [translate=no]';
    if (here === own && !parent.closest(aside)) {
      found.push(walk.currentNode.data);
    }
  }
  for (const name of ['aria-label', 'title', 'alt', 'placeholder', 'data-label']) {
    for (const one of document.body.querySelectorAll(`[${name}]`)) {
      if (one.closest('[lang]').lang === own) { found.push(one.getAttribute(name)); }
    }
  }
  return found.map((text) => text.trim()).filter((text) => text);
}"""

#: Opens every fold but the menus of the bar, which lie over the page.
UNFOLD = (
    """() => document.querySelectorAll('main details').forEach((one) => { one.open = true; })"""
)

#: Controls smaller than WCAG 2.2 allows, links within a sentence left out as it does.
SMALL = """() => [...document.querySelectorAll(
    'button, summary, select, input:not([type=hidden]), a.portal-btn, a.govuk-button, nav a')]
  .filter((one) => {
    if (!one.checkVisibility() || one.closest('.portal-hide') || one.tabIndex < 0) return false;
    const target = one.matches('[type=checkbox], [type=radio]') && one.labels?.[0] || one;
    const box = target.getBoundingClientRect();
    const own = one.getBoundingClientRect();
    const height = Math.max(box.height, own.height);
    const width = Math.max(box.width, own.width);
    return width > 1 && (width < 24 || height < 24);
  }).map((one) => one.outerHTML.slice(0, 120))"""

#: Fields that stick out of their place, and words squeezed to a letter or two a line.
CRAMPED = """() => {
  const found = [];
  const seen = (one) => one.checkVisibility() && !one.closest('.portal-hide');
  for (const one of document.querySelectorAll('main :is(input, select, textarea)')) {
    const place = one.closest('.govuk-form-group, td, fieldset, form');
    if (!place || !seen(one) || one.closest('.portal-scroller')) continue;
    const right = (box) => box.getBoundingClientRect().right;
    if (right(one) > right(place) + 2) found.push(one);
  }
  const words = 'h1, h2, h3, p, li, dt, dd, th, caption';
  for (const one of document.querySelectorAll(`main :is(${words})`)) {
    const {width, height} = one.getBoundingClientRect();
    const is_column = width > 1 && width < 30 && height > 4 * width;
    if (seen(one) && is_column && one.innerText.length > 5) found.push(one);
  }
  return found.map((one) => one.outerHTML.slice(0, 120));
}"""

#: How wide a screen of 1280 pixels is at 400 %, in its own pixels (WCAG 1.4.10).
ZOOMED = 320
#: Files, not pages: that each is there is enough.
FILES = ("_csv", ".file", "_feed", "_picture", ".printed_form", ".poster", ".rejected", ".paper",
         ".export", ".report_file")  # fmt: skip
#: Pages that differ so much among themselves that several are opened.
MANY = ("cases.case", "enterprise.task_book", "plans.plan", "helping.page", "lessons.lesson")
#: Pages that are another for each person.
OWN = ("queue.next", "queue.cases", "intake.waiting", "profile.profile", "oversight.times")
#: Leads off to another site, which has a test of its own (tests/browser/test_filing.py).
AWAY = "filing.away"
#: The page of samples of all parts, with invented links.
SAMPLES = "parts.index"
#: GET forms that would drop the language chosen by link, as a browser drops an address's query.
FORGETFUL = """() => !new URL(location.href).searchParams.has('lang') ? [] :
  [...document.querySelectorAll('form')]
    .filter((one) => (one.getAttribute('method') || 'get').toLowerCase() === 'get')
    .filter((one) => !one.querySelector('[name=lang]'))
    .map((one) => one.outerHTML.slice(0, 90))"""

#: What is seen of every page, asked for in one go: each question goes through three processes.
AT_ONCE = f"""(width) => [({WORDS})(), ({FORGETFUL})(),
  document.documentElement.scrollWidth > width]"""

CHINESE = re.compile(r"[\u3400-\u9fff]+")
LATIN = re.compile(r"[A-Za-z][A-Za-z’']+")
#: No words: addresses, commands that a sentence names, settings, files.
CODE = re.compile(
    r"https?://\S+|flask --app wsgi [a-z -]+|\b[A-Z]+_[A-Z_]+\b|\bscript/\w+"
    r"|\b[0-9a-f]{64}\b|\bpillow[-+a-z]* [\d.]+"  # a hash, and the tool that cleaned a file
)
#: Latin words that Chinese uses.
LOANS = frozenset(
    (
        "CSV",
        "YAML",
        "ZIP",
        "QR",
        "JPEG",
        "PNG",
        "PDF",
        "HEIC",
        "WebP",
        "MB",
        "GB",
        "UTF",
        "SHA",
        "GPS",
        "KB",
        "IP",
        "SMTP",
        "ID",
    )
    + ("WCAG", "AA", "Atom", "GCJ", "Cookie", "JavaScript", "Kaplan", "Meier", "English", "Shift")
)


@dataclass
class Ledger:
    """What all explorers together came to: pages, buttons, and faults by page."""

    town: Town
    #: Words of this city that stand on pages of any language, as one long text.
    data: str
    #: What is done at every page: `examine`, or taking its picture.
    on_page: "Callable[[Explorer, str], None]"
    reached: dict[str, str] = field(default_factory=dict)
    pressable: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    examined: set[str] = field(default_factory=set)
    #: Pages with the names of their filters that somebody opened.
    opened: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)
    #: Words of the other language that were found in `data`, which only grows.
    known: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.map = self.town.app.url_map.bind("127.0.0.1")

    def note(self, method: str, address: str, who: str) -> None:
        """Write down that somebody was led there, or could press what sends something there."""
        name = self.name_of(address, method)
        if name and method == "POST":
            self.pressable.add(name)
        elif name:
            self.reached.setdefault(name, who)

    @property
    def names(self) -> set[str]:
        """Everything that was come to or could be pressed."""
        return self.pressable | set(self.reached)

    def name_of(self, address: str, method: str = "GET") -> str | None:
        """Return the rule behind an address, with the move where it has one; None if foreign."""
        parts = urlsplit(address)
        if not address.startswith(self.town.address):
            return None
        try:
            endpoint, values = self.map.match(parts.path, method=method)
        except HTTPException:
            return None
        return f"{endpoint}:{values['move']}" if "move" in values else str(endpoint)

    def knows(self, word: str) -> bool:
        """Whether a word is data of this city; its text is long, and words come again."""
        if word not in self.known and word in self.data:
            self.known.add(word)
        return word in self.known

    def blame(self, walker: Walker, name: str, fault: object) -> None:
        self.faults.append(f"{name} ({walker.page.url.removeprefix(self.town.address)}): {fault}")


class Explorer:
    """One person's way through the pages: looks at each, then follows what leads on."""

    def __init__(self, walker: Walker, ledger: Ledger, language: str, who: str) -> None:
        self.walker = walker
        self.ledger = ledger
        self.language = language
        self.who = who
        self.opened: Counter[str] = Counter()
        self.ahead: deque[str] = deque()
        walker.page.on("request", self.hear)

    def hear(self, request: Any) -> None:
        """What a page loads, and what its script sends, is come to with the page."""
        if request.resource_type != "document":
            self.ledger.note(request.method, request.url, self.who)

    def then(self, act: Callable[[], object]) -> None:
        """Do what opens the next page, wait for that, and look at it."""
        with self.walker.page.expect_navigation():
            act()
        self.look()

    def look(self) -> None:
        """Examine the page and remember where it leads."""
        page, ledger = self.walker.page, self.ledger
        page.wait_for_load_state()
        name = ledger.name_of(page.url) or page.url
        ledger.reached.setdefault(name, self.who)
        ledger.on_page(self, name)
        found: dict[str, Any] = page.evaluate(GATHER)
        for method, address in found["presses"]:
            ledger.note(method, address, self.who)
        for address in found["pictures"]:
            ledger.note("GET", address, self.who)
        if name != SAMPLES:  # what its links stand for is on the pages themselves
            self.ahead.extend(address.split("#")[0] for address in found["links"])

    def roam(self, *, cases: int = 3) -> None:
        """Follow links until no new kind of page is left.

        A page counts as new by its rule and the names of its filters. It is opened once for all
        people together, what is everybody's own once each; of cases and task books so many. It ends
        where it began: papers and samples have no way out.
        """
        start = self.walker.page.url
        self.look()
        while self.ahead:
            address = self.ahead.popleft()
            name = self.ledger.name_of(address)
            query = parse_qs(urlsplit(address).query)
            if name is None or query.pop("lang", [self.language]) != [self.language]:
                continue
            key = (name, tuple(sorted(query)))
            limit = cases if name in MANY else 1
            is_known = key in self.ledger.opened and (name not in OWN or self.opened[name] > 0)
            if is_known if limit == 1 else self.opened[name] >= limit:
                continue
            self.opened[name] += 1
            self.ledger.opened.add(key)
            if name == AWAY:
                self.ledger.note("GET", address, self.who)
                continue
            page = self.walker.page
            is_file = name.endswith(FILES)
            answer = page.request.get(address) if is_file else page.goto(address)
            if answer is None or answer.status >= 400:
                self.ledger.blame(self.walker, name, f"answers {answer and answer.status}")
                continue
            self.ledger.note("GET", address, self.who)
            if not is_file:
                self.look()
        self.walker.page.goto(start)


def examine(explorer: Explorer, name: str) -> None:
    """Note what is wrong with the page: words, width, and once a kind what axe and Tab find."""
    walker, ledger, page = explorer.walker, explorer.ledger, explorer.walker.page
    if name == SAMPLES:  # in both languages, with tests of their own
        return
    words, forgetful, is_wide = page.evaluate(AT_ONCE, page.viewport_size["width"])
    for word in foreign_words(words, explorer.language, ledger.knows):
        ledger.blame(walker, name, f"word of the wrong language: {word!r}")
    for form in forgetful:
        ledger.blame(walker, name, f"form loses the language: {form}")
    if is_wide:
        ledger.blame(walker, name, "scrolls sideways")
    if name in ledger.examined:
        return
    ledger.examined.add(name)
    page.evaluate(UNFOLD)
    if walker.is_too_wide(at=ZOOMED):
        ledger.blame(walker, name, "scrolls sideways at 400 %")
    for cramped in page.evaluate(CRAMPED):
        ledger.blame(walker, name, f"cramped: {cramped}")
    for small in page.evaluate(SMALL):
        ledger.blame(walker, name, f"target below 24 px: {small}")
    for rule, where in violations_on(page) if walker.script else ():  # axe is script
        ledger.blame(walker, name, f"axe {rule}: {where[:3]}")
    for fault in faults_by_keyboard(page) if walker.script else ():
        ledger.blame(walker, name, fault)


def foreign_words(
    words: Iterable[str], language: str, is_data: Callable[[str], bool]
) -> Iterator[str]:
    """Yield what is not of the page's language and not data of this city."""
    for text in dict.fromkeys(words):
        if language == "en":
            yield from (
                f"{run} in {text[:60]}" for run in CHINESE.findall(text) if not is_data(run)
            )
        else:
            strange = [w for w in LATIN.findall(CODE.sub(" ", text)) if w not in LOANS]
            if not all(map(is_data, strange)):
                yield text[:90]
