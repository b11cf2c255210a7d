"""A dispatcher at a browser in the demo city, and reports that come in to be sorted."""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.cases.models import Case
from portal.foundation import secrets as keys
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.history.queries import events_of
from portal.reports.lifecycle import receipt_code
from tests.support.city import City
from tests.support.everybody import sign_in
from tests.support.pages import Walker
from tests.support.town import Town

#: Not urgent, and by the rules of every district the matter of one group.
QUIET = "fire.equipment_missing"
HOT = "fire.exit_blocked"
DISTRICTS = ("320412", "320411", "320402", "320404")


def bring_in(town: Town, how_many: int = 1, **fields: Any) -> list[str]:
    """File reports that are like no other; return their numbers in the order of coming in."""
    with town.app.app_context():
        city = City(db.session())
        ids = []
        for number in range(how_many):
            own = "".join(chr(0x4E00 + secrets.randbelow(5000)) for _each in range(30))
            said = {
                "text": own,
                "place": own[::-1][:12],
                "claimed_category": QUIET,
                "jurisdiction": DISTRICTS[number % len(DISTRICTS)],
                # Several are due on one day, and none is late.
                "now": now() - timedelta(hours=24 * (number % 2) + number % 3 + 1),
                **fields,
            }
            ids.append(city.file(**said).case_id)
        numbers = {one.id: one.number for one in db.session.scalars(select(Case))}
        db.session.remove()
    return [numbers[case_id] for case_id in ids]


def bring_in_with_code(town: Town, **fields: Any) -> tuple[str, str]:
    """File a report; return the number of its case and the reporter's code."""
    nonce = secrets.token_bytes(16)
    (number,) = bring_in(town, nonce=nonce, **fields)
    with town.app.app_context():
        code = receipt_code(nonce, keys.in_use().key("receipt-derivation"))
    return number, code


def id_of(town: Town, number: str) -> UUID:
    """Return the id of the case with this number."""
    with town.app.app_context():
        found = db.session.scalars(select(Case.id).where(Case.number == number)).one()
        db.session.remove()
    return found


class Desk:
    """A dispatcher at the keyboard; `order` and `only` of the list as the address carries them."""

    def __init__(self, walker: Walker, town: Town, nth: int = 0) -> None:
        self.town, self.walker, self.page, self.nth = town, walker, walker.page, nth
        #: Keys and clicks, but for what is typed into a field.
        self.presses = 0
        self.sign_in()

    def sign_in(self) -> None:
        """Sign in at the duty desk, as the nth of its dispatchers."""
        sign_in(self.walker, self.town, "dispatcher", "duty-desk", self.nth)

    def open(self, number: str, **sorting: str) -> "Desk":
        """Open a waiting report; whatever was hidden behind others is opened by its address."""
        asked = "&".join(f"{name}={value}" for name, value in sorting.items())
        self.walker.go(f"/staff/intake/{id_of(self.town, number)}?{asked}")
        self.page.wait_for_load_state()  # keys act once the page's script runs
        return self

    def go_over(self, **sorting: str) -> list[str]:
        """Open the list of all that wait and return their numbers as they stand there."""
        asked = "&".join(f"{name}={value}" for name, value in sorting.items())
        self.walker.go(f"/staff/intake?{asked}")
        return self.page.locator("main [data-open]").all_inner_texts()

    @property
    def number(self) -> str:
        """The report that is shown, by its heading."""
        return self.page.locator("h1").inner_text().split()[0]

    @property
    def order(self) -> list[str]:
        """The numbers in the list beside the report."""
        return self.page.locator(".portal-queue__line a").all_inner_texts()

    def key(self, name: str) -> "Desk":
        """Press a key that opens the next page, and wait for that."""
        with self.page.expect_navigation():
            self.stroke(name)
        self.page.wait_for_load_state()  # keys act once the page's script runs
        return self

    def stroke(self, name: str) -> "Desk":
        """Press a key that changes this page."""
        self.presses += 1
        self.page.keyboard.press(name)
        return self

    def click(self, css: str) -> "Desk":
        """Click what opens the next page, and wait for that."""
        self.presses += 1
        with self.page.expect_navigation():
            self.page.locator(css).locator("visible=true").first.click()
        self.page.wait_for_load_state()
        return self

    @property
    def proposes(self) -> bool:
        """Whether the button names a group."""
        return self.page.locator("button[data-key=a]").inner_text().startswith("受理并派给")

    def case(self, number: str) -> tuple[Any, ...]:
        """Return state, group, due date and version of a case as they are kept."""
        with self.town.app.app_context():
            found = db.session.scalars(select(Case).where(Case.number == number)).one()
            kept = (found.state, found.group_id, found.next_due_at, found.version)
            db.session.remove()
        return kept

    def events(self, number: str) -> list[str]:
        """Return what happened to a case, by the kinds of its events."""
        with self.town.app.app_context():
            kinds = [
                event.kind.value for event in events_of(db.session(), id_of(self.town, number))
            ]
            db.session.remove()
        return kinds
