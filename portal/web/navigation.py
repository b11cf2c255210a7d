"""What each role finds in the bar of the staff pages; the first entry is where sign-in lands."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.access.kinds import Actor, Role
from portal.web.addresses import address

Counter = Callable[[Session, Actor, datetime], int]


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of the bar; `counter` is the name under which its number is registered."""

    endpoint: str
    label: Any
    counter: str | None = None
    #: Counts troubles: the number is red, and nought is not shown.
    urgent: bool = False
    #: Key that goes there, as in `g q`.
    key: str | None = None


WAITING = Entry("intake.waiting", _l("To sort"), "waiting", key="g i")
RETURNED = Entry("queue.returned", _l("Returned"), "returned")
MINE = Entry("queue.next", _l("My work"), "mine", key="g q")
DECIDE = Entry("queue.next", _l("Waits for my decision"), "mine", key="g q")
CASES = Entry("queue.cases", _l("All cases"))
UNITS = Entry("units.index", _l("Units"))
GROUPS = Entry("teams.index", _l("Groups"))
PLANS = Entry("plans.index", _l("Plans"))
LESSONS = Entry("lessons.index", _l("Lessons"))
LADDER = Entry("ladder.index", _l("Disciplinary steps"))
HELP = Entry("helping.index", _l("Help"))
TIMES = Entry("oversight.times", _l("Handling times"))
FIGURES = Entry("oversight.figures", _l("Figures and definitions"))
ALL_CASES = Entry("oversight.cases", _l("Cases by time"))
HISTORY = Entry("oversight.history", _l("Check the history"))
PEOPLE = Entry("people.index", _l("People and groups"))
ROUTING = Entry("rules.routing", _l("Routing rules"))
LIMITS = Entry("rules.limits", _l("Time limits"))
CALENDAR = Entry("rules.calendar", _l("Calendar"))
CATEGORIES = Entry("rules.categories", _l("Categories"))
LEDGER = Entry("treasury.ledger", _l("Rewards"))
SYSTEM = Entry("system.status", _l("System"), "system_troubles", urgent=True)
SELF_INSPECTIONS = Entry("declarations.index", _l("Self-inspection"))
BLIND_SPOTS = Entry("declarations.blind_spots", _l("Blind spots"))
OWN_HOME = Entry("own.home", _l("What is due"))
OWN_HAZARDS = Entry("own.hazards", _l("Own hazards"))
OWN_REPORTS = Entry("own.reports", _l("Inside reports"))
OWN_DECLARATIONS = Entry("own.declarations", _l("Declarations"))
OWN_BOOKS = Entry("own.books", _l("Task books"))

NAV: Mapping[Role, tuple[Entry, ...]] = {
    Role.DISPATCHER: (WAITING, RETURNED, CASES, UNITS, GROUPS),
    Role.MEMBER: (MINE, CASES, UNITS, SELF_INSPECTIONS, PLANS, LESSONS, HELP, GROUPS),
    Role.LEAD: (MINE, CASES, UNITS, SELF_INSPECTIONS, PLANS, LESSONS, LADDER, HELP, GROUPS),
    Role.DIRECTOR: (
        *(DECIDE, CASES, UNITS, SELF_INSPECTIONS, PLANS, LESSONS, LADDER, HELP, GROUPS),
        *(TIMES, FIGURES, BLIND_SPOTS),
    ),
    Role.AUDITOR: (
        *(TIMES, FIGURES, ALL_CASES, BLIND_SPOTS, SELF_INSPECTIONS, HISTORY, ROUTING, PLANS),
        *(LESSONS, HELP, GROUPS),
    ),
    Role.ADMINISTRATOR: (PEOPLE, UNITS, ROUTING, LIMITS, CALENDAR, CATEGORIES, SYSTEM),
    Role.CUSTODIAN: (),
    Role.TREASURER: (LEDGER,),
    Role.UNIT: (OWN_HOME, OWN_HAZARDS, OWN_REPORTS, OWN_DECLARATIONS, OWN_BOOKS),
}
#: Where sign-in lands when a role has no page yet.
ELSE = "profile.profile"

_counters: dict[str, Counter] = {}


def register_counter(name: str, function: Counter) -> None:
    """Let entries with this counter show a number; the page itself must use the same query."""
    _counters[name] = function


def entries(role: Role) -> Iterator[Entry]:
    """Yield the entries of a role whose pages exist in this version."""
    for entry in NAV.get(role, ()):
        if entry.endpoint in current_app.view_functions:
            yield entry


def bar(session: Session, actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """Return the bar as the macro `nav` takes it."""
    shown = []
    own = [(entry, address(entry.endpoint)) for entry in entries(actor.role)]
    here = _current([url for _entry, url in own])
    for entry, url in own:
        counter = _counters.get(entry.counter or "")
        count = counter(session, actor, now) if counter else None
        if entry.urgent:
            count = count or None
        shown.append(
            {
                "label": str(entry.label),
                "url": url,
                "count": count,
                "urgent": entry.urgent and bool(count),
                "current": url == here,
                "key": entry.key,
            }
        )
    return shown


def _current(urls: Sequence[str]) -> str | None:
    """Return the address to which the page shown belongs: it, or one below it.

    `/oversight` is above `/oversight/cases`: of two that hold the page the nearer one is meant.
    """
    here = request.path.rstrip("/") + "/"
    holding = [url for url in urls if here.startswith(url.split("?")[0].rstrip("/") + "/")]
    return max(holding, key=len, default=None)


def landing(actor: Actor) -> str:
    """Return the address where sign-in lands for this role."""
    return url_for(next((entry.endpoint for entry in entries(actor.role)), ELSE))
