"""Pages over 200,000 cases: queue, case, search, act-and-next, figures; against the floor."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from urllib.parse import quote

from portal.foundation.db import db
from tests.benchmarks.browser import Browser, form_of
from tests.benchmarks.house import FLOOR, PORTAL, House
from tests.benchmarks.preparation import portal_on
from tests.benchmarks.results import Figure, centile, interleaved, ms, not_built
from tests.benchmarks.submit import FLOOR_SCHEMA, rows_between, settled
from tests.support.city import City
from tests.support.staff import PASSWORD, give_password

#: Words of two characters from very common to absent; what people look for.
WORDS = (
    "公司",
    "仓库",
    "消防",
    "叉车",
    "液氨",
    "冷库",
    "气瓶",
    "升平",
    "春江",
    "夜海",
    "华金",
    "电梯",
)
QUEUE_ROWS = 25
TIMES_FLOOR, TIMES_FEW, TIMES_GIN, TIMES_SQL = 12, 1.5, 4, 2
P95_MS = 200
ACTIONS = 120  # of the 400 that wait


@dataclass
class Servers:
    """The same portal on many and on few cases, and the floor on many."""

    many: int
    few: int
    floor: int
    cities: Mapping[str, City]


def serve(house: House, cities: Mapping[str, City]) -> Servers:
    """Start all three on copies of the databases and give the people passwords."""
    for database, city in cities.items():
        house.copy_database(database, f"{database}_run")
        with portal_on(house, f"{database}_run"):
            for name in ("dispatcher", "lead", "auditor"):
                give_password(lambda: db.session(), city.actors[name])
    many = house.serve(PORTAL, house.environment("many_run"))
    few = house.serve(PORTAL, house.environment("few_run"))
    plan = act_plan(house, few) if exists(signed_in(few, "dispatcher"), "/staff/intake") else {}
    house.superuser("many_run").execute(FLOOR_SCHEMA.encode())
    floor = {
        **house.environment("many_run"),
        "FLOOR_URL": house.environment("many_run")["DATABASE_URL"],
        "FLOOR_PLAN": json.dumps({"/act": plan}),
    }
    return Servers(many=many, few=few, floor=house.serve(FLOOR, floor), cities=cities)


def act_plan(house: House, port: int) -> dict[str, list[int]]:
    """Return what one decision writes, by table, as the database counted."""
    connection, many = house.superuser("few_run"), 10
    desk = Acting(signed_in(port, "dispatcher"))
    before = settled(connection)
    for _ in range(many):
        desk.act()
    return rows_between(before, settled(connection), many)


def signed_in(port: int, name: str) -> Browser:
    """Return a browser in which this person has signed in by the real page."""
    browser = Browser(port)
    browser.get("/login")
    fields = {"email": f"{name}@example.org", "password": PASSWORD, "csrf_token": browser.token()}
    browser.post("/login", fields, expect=302)  # Flask-Security's own way
    browser.timed()
    return browser


def exists(browser: Browser, path: str) -> bool:
    """Say whether this version of the portal has the page."""
    return browser.ask("GET", path) != 404


def page(browser: Browser, path: str) -> Callable[[], float]:
    def run() -> float:
        browser.timed()
        browser.get(path)
        return browser.timed()

    return run


def measure(servers: Servers, *, rounds: int) -> list[Figure]:
    """Return the figures of all staff pages that exist."""
    lead, few_lead = signed_in(servers.many, "lead"), signed_in(servers.few, "lead")
    desk, few_desk = signed_in(servers.many, "dispatcher"), signed_in(servers.few, "dispatcher")
    floor = Browser(servers.floor)
    figures: list[Figure] = []
    if not exists(lead, "/staff"):
        return [not_built(name, "/staff") for name in ("queue", "case", "search", "act and next")]
    group = servers.cities["many"].actors["lead"].group_id
    desk_id = servers.cities["many"].actors["dispatcher"].group_id
    figures += against_floor(
        "queue page", {"portal": page(lead, "/staff/cases"), "few": page(few_lead, "/staff/cases"),
                       "floor": page(floor, f"/queue?group={group}")}, rounds)  # fmt: skip
    figures += against_floor(
        "intake page", {"portal": page(desk, "/staff/intake"),
                        "few": page(few_desk, "/staff/intake"),
                        "floor": page(floor, f"/intake?desk={desk_id}")}, rounds)  # fmt: skip
    figures += case_pages(lead, few_lead, rounds)
    # Who may see every case has the most to look through.
    auditor = signed_in(servers.many, "auditor")
    figures += search(auditor, floor, rounds)
    figures += act_and_next(desk, floor, str(desk_id))
    return figures


def oversight(servers: Servers, *, rounds: int) -> list[Figure]:
    """Compare the page of handling times over 90 days with the same figures written by hand."""
    auditor, floor = signed_in(servers.many, "auditor"), Browser(servers.floor)
    if not exists(auditor, "/oversight"):
        return [not_built("oversight page: against hand-written SQL", "/oversight")]
    times = interleaved(
        {"portal": page(auditor, "/oversight"), "floor": page(floor, "/oversight")},
        max(5, rounds // 4), warm_up=3,
    )  # fmt: skip
    mine, plain = median(times["portal"]), median(times["floor"])
    return [
        Figure(
            name="oversight page: against hand-written SQL", value=round(mine / plain, 2),
            unit="×", limit=TIMES_SQL, note=f"medians {ms(mine)} and {ms(plain)} ms",
        )
    ]  # fmt: skip


def against_floor(name: str, runs: Mapping[str, Callable[[], float]], rounds: int) -> list[Figure]:
    times = interleaved(runs, rounds, warm_up=8)
    mine, floor = median(times["portal"]), median(times["floor"])
    p95, few = centile(times["portal"], 0.95), centile(times["few"], 0.95)
    return [
        Figure(
            name=f"{name}: against the floor", value=round(mine / floor, 1), unit="×",
            limit=TIMES_FLOOR, note=f"medians {ms(mine)} and {ms(floor)} ms",
        ),
        Figure(
            name=f"{name}: p95 against 2,000 cases", value=round(p95 / few, 2), unit="×",
            limit=TIMES_FEW, note=f"p95 {ms(p95)} and {ms(few)} ms",
        ),
    ]  # fmt: skip


def case_links(browser: Browser) -> list[str]:
    """Return the addresses of the cases on the first page of the list."""
    browser.get("/staff/cases")
    parts = browser.page.split('href="/staff/cases/')[1:]
    return sorted({"/staff/cases/" + part.split('"')[0].split("?")[0] for part in parts})


def case_pages(lead: Browser, few_lead: Browser, rounds: int) -> list[Figure]:
    links = {"many": case_links(lead), "few": case_links(few_lead)}
    counters = {"many": 0, "few": 0}

    def run(name: str, browser: Browser) -> float:
        counters[name] += 1
        return page(browser, links[name][counters[name] % len(links[name])])()

    times = interleaved(
        {"many": lambda: run("many", lead), "few": lambda: run("few", few_lead)}, rounds, warm_up=8
    )
    many, few = centile(times["many"], 0.95), centile(times["few"], 0.95)
    return [
        Figure(
            name="case page: p95 against 2,000 cases", value=round(many / few, 2), unit="×",
            limit=TIMES_FEW, note=f"p95 {ms(many)} and {ms(few)} ms, {len(links['many'])} cases",
        )
    ]  # fmt: skip


def search(browser: Browser, floor: Browser, rounds: int) -> list[Figure]:
    """Compare pages word by word; the sum over all words is what has a limit."""
    mine: dict[str, float] = {}
    plain: dict[str, float] = {}
    for word in WORDS:
        times = interleaved(
            {"portal": page(browser, f"/staff/search?q={quote(word)}"),
             "floor": page(floor, f"/search?q={quote(word)}")},
            max(5, rounds // 8), warm_up=2,
        )  # fmt: skip
        mine[word], plain[word] = median(times["portal"]), median(times["floor"])
    detail = {word: [ms(mine[word]), ms(plain[word])] for word in WORDS}
    # Where the plain query loses its way (it may walk all cases for a rare word) it is no measure.
    lost = [word for word in WORDS if plain[word] > mine[word]]
    fair = [word for word in WORDS if word not in lost]
    total, floor_total = (sum(times[word] for word in fair) for times in (mine, plain))
    worst = max(WORDS, key=lambda word: mine[word])
    left_out = f"; plain query slower for {', '.join(lost)}" if lost else ""
    return [
        Figure(
            name="search: against the plain GIN query", unit="×", limit=TIMES_GIN,
            value=round(total / floor_total, 2),
            note=f"{len(fair)} words of two characters, {ms(total)} and {ms(floor_total)} ms in "
            f"all; slowest {worst} {ms(mine[worst])} ms{left_out}",
            detail=detail,
        )
    ]  # fmt: skip


class Acting:
    """A dispatcher who accepts and dispatches as proposed, one report after the other."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        browser.get("/staff/intake")
        links = [part.split('"')[0] for part in browser.page.split('href="/staff/intake/')[1:]]
        first = next(link for link in links if link[8:9] == "-")
        browser.get("/staff/intake/" + first.replace("&amp;", "&"))

    def act(self) -> float | None:
        """Decide and have the next report open; None at the end of the list."""
        browser = self.browser
        form = form_of(browser.page, "sort")
        if not form.fields.get("shown_group"):
            choices = browser.page.split('name="group_id"')[1].split('value="')
            form.fields |= {"group_id": choices[2].split('"')[0], "reason": "就近处理"}
        browser.timed()
        address = browser.post(form.action, form.fields)
        if not address.startswith("/staff/intake/"):
            return None
        browser.get(address)
        return browser.timed()


def act_and_next(desk: Browser, floor: Browser, desk_id: str) -> list[Figure]:
    """Accept and dispatch as proposed, and have the next report open; without script."""
    acting = Acting(desk)
    mine: list[float] = []
    plain: list[float] = []
    for number in range(ACTIONS + 10):
        taken = acting.act()
        floor.post(f"/act?desk={desk_id}", {"reason": "就近处理"})
        floor.get(f"/next?desk={desk_id}")
        spent = floor.timed()
        if taken is None:
            break
        if number >= 10:
            mine.append(taken)
            plain.append(spent)
    p95 = centile(mine, 0.95)
    return [
        Figure(
            name="act and next: p95", value=ms(p95), unit="ms", limit=P95_MS,
            note=f"{len(mine)} reports of 400 waiting, median {ms(median(mine))} ms",
        ),
        Figure(
            name="act and next: against the floor", unit="×", limit=TIMES_FLOOR,
            value=round(median(mine) / median(plain), 1),
            note=f"POST and page, medians {ms(median(mine))} and {ms(median(plain))} ms",
        ),
    ]  # fmt: skip
