"""The first public page: what it weighs on the line, and that it asks nobody else for anything."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

from tests.benchmarks.browser import Browser
from tests.benchmarks.house import PORTAL, House
from tests.benchmarks.results import Figure
from tests.benchmarks.submit import FIRST

LIMIT_KB = 60
LIMIT_REQUESTS = 12
#: What a browser fetches by itself, by element and attribute.
FETCHED = {
    "link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src",
    "video": "src", "audio": "src", "object": "data", "embed": "src",
}  # fmt: skip
PICTURES = (".png", ".jpg", ".webp", ".avif")


class Fetched(HTMLParser):
    """Collects the addresses that a browser fetches with the page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_link = tag == "link" and (given.get("rel") or "") not in (
            "stylesheet",
            "icon",
            "preload",
        )
        address = given.get(FETCHED.get(tag, ""))
        if address and not is_link:
            self.addresses.append(address)


def measure(house: House, database: str) -> list[Figure]:
    """Return the weight of `/` and of the form with all they fetch, and foreign requests."""
    port = house.serve(PORTAL, house.environment(database))
    figures = []
    for path in ("/", "/report", "/report/evidence"):
        browser = Browser(port)
        html = browser.get("/report" if path == "/report/evidence" else path)
        if path == "/report/evidence":
            nonce = browser.page.split('name="nonce" value="')[1].split('"')[0]
            first = {**FIRST, "nonce": nonce, "csrf_token": browser.token()}
            browser.post("/report", first)
            html = browser.get(path)
        reader = Fetched()
        reader.feed(html)
        browser.headers["Accept-Encoding"] = "br, gzip"
        weights = {}
        foreign = [one for one in reader.addresses if urlsplit(one).netloc]
        for address in (path, *(one for one in reader.addresses if one not in foreign)):
            if address.endswith(PICTURES):
                continue
            browser.ask("GET", address)
            weights[address] = len(browser.body)
        figures += [
            Figure(
                name=f"first page {path}: weight", value=round(sum(weights.values()) / 1000, 1),
                unit="KB", limit=LIMIT_KB, detail=weights,
            ),
            Figure(
                name=f"first page {path}: requests", value=len(weights), unit="",
                limit=LIMIT_REQUESTS,
            ),
            Figure(
                name=f"first page {path}: foreign requests", value=len(foreign), unit="", limit=0,
                note=" ".join(foreign),
            ),
        ]  # fmt: skip
    return figures
