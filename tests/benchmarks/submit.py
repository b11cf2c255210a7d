"""Anonymous submit: the whole journey of a text report without script, against the floor."""

import json
import secrets
import time
from typing import Any

from tests.benchmarks.browser import Browser, Unexpected
from tests.benchmarks.house import FLOOR, PORTAL, House
from tests.benchmarks.results import Figure, interleaved, medians, ms
from tests.support.city import PLACE, TEXT

#: Nine tenths of what the form reached before it cleaned aside, flagged names and told dates.
LIMIT = 0.134
STEPS = (
    "GET /report",
    "POST /report",
    "GET /report/evidence",
    "POST /report/evidence",
    "GET /report/check",
    "POST /report/send",
    "GET /report/sent",
)
#: Bare tables: a key and no other index, no fence.
FLOOR_SCHEMA = """
DROP SCHEMA IF EXISTS floor CASCADE;
CREATE SCHEMA floor AUTHORIZATION portal_app;
CREATE TABLE floor.rows (id uuid PRIMARY KEY, of text NOT NULL, body text NOT NULL);
CREATE TABLE floor.drafts (nonce text PRIMARY KEY, body text NOT NULL);
CREATE TABLE floor.counters (of text PRIMARY KEY, next bigint NOT NULL);
GRANT ALL ON ALL TABLES IN SCHEMA floor TO portal_app;
"""
FIRST = {"text": TEXT, "place": PLACE, "category": "fire.exit_blocked", "jurisdiction": "320412"}


class Journey:
    """Each step of the journey on its own, so that a profile can tell them apart."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser

    def portal(self) -> list[float]:
        """File one report through the portal and return the seconds of each step."""
        browser, times = self.browser, []
        browser.cookies.clear()
        browser.timed()

        def done() -> None:
            times.append(browser.timed())

        browser.get("/report")
        done()
        nonce = browser.page.split('name="nonce" value="')[1].split('"')[0]
        browser.post("/report", {**FIRST, "nonce": nonce, "csrf_token": browser.token()})
        done()
        browser.get("/report/evidence")
        done()
        browser.post("/report/evidence", {"csrf_token": browser.token()})
        done()
        browser.get("/report/check")
        done()
        browser.post("/report/send", {"csrf_token": browser.token()})
        done()
        browser.get("/report/sent")
        done()
        if "portal-receipt" not in browser.page:
            raise Unexpected("no receipt at the end of the journey")
        return times

    def floor(self) -> list[float]:
        """Make the same requests of the floor."""
        browser, times = self.browser, []
        query = f"?nonce={secrets.token_hex(16)}"
        browser.timed()
        for step in STEPS:
            method, path = step.split()
            if method == "GET":
                browser.get(path + query)
            else:
                browser.post(path + query, {"text": TEXT if path != "/report/send" else PLACE})
            times.append(browser.timed())
        return times


def written(connection: Any) -> dict[str, list[int]]:
    """Return, by table, how many rows were put in, changed and taken out since the start."""
    rows = connection.execute(
        "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables "
        "WHERE schemaname = 'public' AND n_tup_ins + n_tup_upd + n_tup_del > 0"
    )
    return {row[0]: list(row[1:]) for row in rows}


def settled(connection: Any) -> dict[str, list[int]]:
    """Return `written` once the server's idle processes have told their numbers."""
    time.sleep(12)  # PostgreSQL's own pause before an idle backend does
    return written(connection)


def rows_between(
    before: dict[str, list[int]], after: dict[str, list[int]], runs: int
) -> dict[str, list[int]]:
    """Return what one run wrote by table: rows put in, changed, taken out."""
    nothing = [0, 0, 0]
    one = {
        table: [
            round((now - then) / runs)
            for now, then in zip(counts, before.get(table, nothing), strict=True)
        ]
        for table, counts in after.items()
    }
    return {table: counts for table, counts in one.items() if any(counts)}


def plan_of(house: House, port: int, database: str) -> dict[str, dict[str, list[int]]]:
    """Return what each writing step of the portal's journey writes, as the database counted."""
    connection = house.superuser(database)
    before = settled(connection)
    many = 10
    for _ in range(many):
        Journey(Browser(port)).portal()
    after = settled(connection)
    whole = rows_between(before, after, many)
    drafts = whole.pop("drafts")
    return {
        "/report": {"drafts": [1, 0, 0]},
        "/report/evidence": {"drafts": [0, 1, 0]},
        "/report/send": {**whole, "drafts": [0, 0, drafts[2]]},
    }


def measure(house: House, database: str, *, rounds: int) -> list[Figure]:
    """Return the rate of journeys against the floor's, with both rates and the steps."""
    portal = house.serve(PORTAL, house.environment(database))
    plan = plan_of(house, portal, database)
    house.superuser(database).execute(FLOOR_SCHEMA.encode())
    floor = house.serve(
        FLOOR,
        {
            **house.environment(database),
            "FLOOR_URL": house.environment(database)["DATABASE_URL"],
            "FLOOR_PLAN": json.dumps(plan),
        },
    )
    journeys = {"portal": Journey(Browser(portal)), "floor": Journey(Browser(floor))}
    steps: dict[str, list[list[float]]] = {"portal": [], "floor": []}

    def run(name: str) -> float:
        times = getattr(journeys[name], name)()
        steps[name].append(times)
        return sum(times)

    times = interleaved(
        {"floor": lambda: run("floor"), "portal": lambda: run("portal")}, rounds, warm_up=10
    )
    middle = medians(times)
    by_step = {
        name: {
            step: ms(sorted(column)[len(column) // 2])
            for step, column in zip(STEPS, zip(*rows, strict=True), strict=True)
        }
        for name, rows in steps.items()
    }
    rows_written = {
        table: counts for step in plan.values() for table, counts in step.items() if any(counts)
    }
    return [
        Figure(
            name="submit: rate against the floor",
            value=round(middle["floor"] / middle["portal"], 3),
            unit="×",
            limit=LIMIT,
            at_least=True,
            note=f"{len(STEPS)} requests, {rounds} journeys each, one at a time",
            detail={"steps_ms": by_step, "rows": rows_written},
        ),
        Figure(
            name="submit: journeys of the portal",
            value=round(1 / middle["portal"], 1),
            unit="/s",
            note=" · ".join(f"{step} {time:g}" for step, time in by_step["portal"].items()) + " ms",
        ),
        Figure(
            name="submit: journeys of the floor",
            value=round(1 / middle["floor"], 1),
            unit="/s",
            note=" · ".join(f"{step} {time:g}" for step, time in by_step["floor"].items()) + " ms",
        ),
    ]
