"""A handful of cases over two months, each worked out by hand, and the pages that show them."""

import csv
import html
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from config import load_keyring, load_settings
from portal.cases.kinds import Finding, Priority
from portal.cases.lifecycle import commands as c
from portal.foundation import secrets
from portal.presets.queries import in_force
from tests.support.city import City
from tests.support.databases import fresh_database

#: Moments in UTC; the portal's clock is eight hours ahead. 1 September 2026 is a Tuesday.
START = datetime(2026, 8, 31, 16, 0, tzinfo=UTC)  # 1 September, 00:00 in Changzhou
END = datetime(2026, 9, 30, 16, 0, tzinfo=UTC)  # 1 October, 00:00
NOW = datetime(2026, 11, 10, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def at(day: int, hour: int = 9, month: int = 9) -> datetime:
    """A moment by the portal's wall clock."""
    return datetime(2026, month, day, hour, tzinfo=UTC) - timedelta(hours=8)


@contextmanager
def lived(server: Any, settled: Any, folder: Path) -> Iterator[tuple[str, SimpleNamespace]]:
    """Live the month in a copy of the settled database: its name, and the cases by theirs."""
    template, actors = settled
    settings = load_settings({"PORTAL_DATA_DIR": str(folder)})
    secrets.use(load_keyring(settings, may_create=True))
    with fresh_database(server, "lived", template) as database:
        engine = create_engine(database.app_url)
        with Session(engine) as session:
            made = live(City(session, dict(actors)))
        engine.dispose()
        yield database.name, made


def live(city: Any) -> SimpleNamespace:
    """Walk the cases of the month and those around it; returns their ids by name."""
    made = SimpleNamespace()

    def filed(moment: datetime, **changes: Any) -> Any:
        return city.file(now=moment, **changes)

    # The last hour of August and the first of October stand on the edges and stay out.
    made.august = filed(at(31, 23, 8))
    made.october = filed(at(1, 0, 10))
    # The very first hour of the period is in.
    made.first = filed(at(1, 0))
    city.accepted(made.first.case_id, now=at(2))
    city.dispatched(made.first.case_id, now=at(2))
    city.move(city.lead, c.SignFor, made.first.case_id, now=at(2, 10))
    verify(city, made.first, at(9))
    conclude(city, made.first, at(10))
    close(city, made.first, at(11))
    # Decided late: five working days from the 2nd end on the 9th.
    made.late = filed(at(2))
    city.accepted(made.late.case_id, now=at(14))
    city.dispatched(made.late.case_id, now=at(14))
    city.move(city.lead, c.SignFor, made.late.case_id, now=at(17))
    # Refused on the fifth working day, that is in time.
    made.refused = filed(at(3))
    city.move(
        city.dispatcher,
        c.Refuse,
        made.refused.case_id,
        reason_code=next(iter(in_force(city.session, NOW).taxonomy.refusal_reasons)),
        explanation="不归安全生产管。",
        now=at(10),
    )
    # Merged into the first one's neighbour, undecided, and late by then.
    made.merged = filed(at(4))
    city.move(
        city.dispatcher,
        c.Merge,
        made.merged.case_id,
        into_id=made.late.case_id,
        reason="同",
        now=at(18),
    )
    # Never looked at.
    made.waiting = filed(at(30, 23))
    # Sent back once, with another group now.
    made.returned = filed(at(7))
    city.accepted(made.returned.case_id, now=at(7, 10))
    city.dispatched(made.returned.case_id, now=at(7, 10))
    city.move(city.lead, c.ReturnDispatch, made.returned.case_id, reason="不归我组", now=at(8))
    city.dispatched(made.returned.case_id, "insp-industry", now=at(9))
    # Closed, rated, reopened by the director.
    made.reopened = filed(at(8))
    city.accepted(made.reopened.case_id, now=at(8, 10))
    city.dispatched(made.reopened.case_id, now=at(8, 10), priority=Priority.URGENT)
    city.move(city.lead, c.SignFor, made.reopened.case_id, now=at(8, 11))
    verify(city, made.reopened, at(15))
    conclude(city, made.reopened, at(16))
    close(city, made.reopened, at(17))
    from portal.reports.kinds import Contacted, Satisfied, Solved

    city.move(
        city.reporter(made.reopened.report_id),
        c.Rate,
        made.reopened.case_id,
        contacted=Contacted.NO,
        solved=Solved.NO,
        satisfied=Satisfied.BASICALLY,
        now=at(18),
    )
    city.move(
        city.director,
        c.Reopen,
        made.reopened.case_id,
        ground="new_evidence",
        reason="又锁上了",
        now=at(1, 9, 10),
    )
    return made


def verify(city: Any, filed: Any, moment: datetime) -> None:
    city.move(
        city.lead, c.Verify, filed.case_id, finding=Finding.NOT_TRUE, reason="现场查看", now=moment
    )


def conclude(city: Any, filed: Any, moment: datetime) -> None:
    answers = ((filed.report_id, "我们到现场看了，没有发现。"),)
    city.move(city.lead, c.Conclude, filed.case_id, answers=answers, now=moment)


def close(city: Any, filed: Any, moment: datetime) -> None:
    city.move(
        city.lead, c.Close, filed.case_id, lesson_considered=True, reason="无隐患", now=moment
    )


LINK = re.compile(r'<a [^>]*href="([^"]*/oversight/cases\?[^"]*)"[^>]*>(.*?)</a>', re.S)


def figures_with_lists(page: str) -> list[tuple[str, str]]:
    """Return (number shown, address) of every link from a figure to its cases."""
    found = []
    for address, words in LINK.findall(page):
        shown = re.sub(r'<span class="portal-hide">.*?</span>', "", words, flags=re.S)
        shown = re.sub(r"<[^>]+>", "", shown).strip()
        found.append((html.unescape(shown), html.unescape(address)))
    return found


def rows_behind(client: Any, address: str) -> list[dict[str, str]]:
    """Return the rows of the file behind a list's address."""
    file = re.sub(r"^/oversight/(cases|self-found)\?", r"/oversight/\1.csv?", address)
    answer = client.get(file)
    assert answer.status_code == 200, address
    table = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    start = next(place for place, row in enumerate(table) if not row) + 1
    return [dict(zip(table[start], row, strict=False)) for row in table[start + 1 :]]


#: The figures of a page that open their cases: what each says, its unit, its address.
FIGURES_SHOWN = """() => [...document.querySelectorAll('main a[href*="show="]:not([href*=csv])')]
  .filter((one) => !one.closest('.portal-paging, thead, tbody th')
    && !/[?&](why|sort|after)=/.test(one.search))
  .map((one) => {
    const copy = one.cloneNode(true);
    copy.querySelectorAll('.portal-hide').forEach((hidden) => hidden.remove());
    const says = copy.textContent.replace(/^[+−=◆\\s]+/, '').trim();
    const unit = one.parentElement.querySelector('small');
    return {says, of: unit ? unit.textContent : '', way: one.getAttribute('href')};
  })"""


def rows_said(auditor: Any, way: str) -> int:
    """Return how many cases the page at this address says that it lists."""
    answer = auditor.context.request.get(urljoin(auditor.page.url, way))
    assert answer.ok, way
    found = re.search(r'class="portal-paging".*?<span>([\d,]+) [件项]', answer.text(), re.DOTALL)
    return int(found[1].replace(",", "")) if found else 0
