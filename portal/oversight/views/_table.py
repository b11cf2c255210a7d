"""The table of cases by the time of each stage, its paging, and one due date opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.cases.kinds import What, state_words
from portal.cases.queries import case_of, clocks_of
from portal.clocks.reading import CHAIN, Reading, family
from portal.clocks.timeleft import left_until
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.measures.listing import SORTS, Listed, Page, StageCell, page_behind
from portal.measures.stages import BY_ID, STAGES, VISIT, WHOLE, Stage
from portal.oversight.views._asking import Question
from portal.presets.kinds import Limit, TimeUnit
from portal.web.language import current
from portal.web.marks import due
from portal.web.pages import current_actor
from portal.web.signin import own_url
from portal.web.whys import why_sheet

ROWS = 25
COLUMNS: Sequence[Stage] = (*(stage for stage in STAGES if stage is not VISIT), WHOLE)


@dataclass(frozen=True)
class Asked:
    """What the address says about the list."""

    show: str
    sort: str
    descending: bool
    after: tuple[int, UUID, int] | None
    why: tuple[UUID, str] | None


def asked(default: str) -> Asked:
    """Read the list's part of the address. Raises NotFound for what can't be meant."""
    sort = request.args.get("sort", "received")
    if sort not in SORTS:
        raise NotFound(sort)
    return Asked(
        show=request.args.get("show", default),
        sort=sort,
        descending=request.args.get("order", "desc") != "asc",
        after=_place(request.args.get("after")),
        why=_opened(request.args.get("why")),
    )


def _place(given: str | None) -> tuple[int, UUID, int] | None:
    if not given:
        return None
    try:
        value, case_id, turn = given.split(".")
        return int(value), UUID(case_id), int(turn)
    except ValueError:
        raise NotFound(given) from None


def _opened(given: str | None) -> tuple[UUID, str] | None:
    if not given:
        return None
    case_id, _colon, clock = given.partition(":")
    try:
        return UUID(case_id), clock
    except ValueError:
        raise NotFound(given) from None


def table(wanted: Question, found: Asked) -> dict[str, Any]:
    """Return the parameters of the macro `cases_table`."""
    page = page_behind(
        db.session(),
        current_actor(),
        wanted.selection(found.show),
        wanted.preset,
        sort=found.sort,
        descending=found.descending,
        after=found.after,
        limit=ROWS,
    )
    opened = why_of(wanted, found.why) if found.why else None
    return {
        "columns": [_column(stage, wanted, found) for stage in COLUMNS],
        "rows": [_row(one, wanted, found, opened) for one in page.rows],
        "total": page.total,
        "show": found.show,
        "close_url": wanted.here(
            show=found.show,
            sort=found.sort,
            order=_order(found),
            after=request.args.get("after"),
            _anchor="cases",
        ),
        "received": _sorted_link("received", wanted, found),
        **_paging(page, wanted, found),
    }


def _column(stage: Stage, wanted: Question, found: Asked) -> dict[str, Any]:
    return {"key": stage.id, "label": stage.name, **_sorted_link(stage.id, wanted, found)}


def _sorted_link(sort: str, wanted: Question, found: Asked) -> dict[str, Any]:
    """Sorted by it already: the link turns the order round."""
    is_sorted = found.sort == sort
    order = "asc" if is_sorted and found.descending else "desc"
    direction = "descending" if found.descending else "ascending"
    return {
        "sort_url": wanted.here(show=found.show, sort=sort, order=order, _anchor="cases"),
        "direction": direction if is_sorted else None,
    }


def _paging(page: Page, wanted: Question, found: Asked) -> dict[str, Any]:
    first = wanted.here(show=found.show, sort=found.sort, order=_order(found), _anchor="cases")
    if not page.more:
        return {"next_url": None, "next_label": None, "first_url": first if found.after else None}
    value, case_id, turn = page.rows[-1].key
    return {
        "next_url": wanted.here(
            show=found.show,
            sort=found.sort,
            order=_order(found),
            after=f"{value}.{case_id}.{turn}",
            _anchor="cases",
        ),
        "next_label": page.rows[-1].case.number,
        "first_url": first if found.after else None,
    }


def _order(found: Asked) -> str:
    return "desc" if found.descending else "asc"


def _row(
    one: Listed, wanted: Question, found: Asked, opened: dict[str, Any] | None
) -> dict[str, Any]:
    case = one.case
    group = wanted.groups.get(case.group_id) if case.group_id else None
    is_open = opened is not None and found.why is not None and found.why[0] == case.id
    return {
        "id": str(case.id),
        "number": case.number,
        "url": _case_url(case.id),
        "title": one.title,
        "sub": group.name(current()) if group else _("At the desk"),
        "major": case.suspected_major,
        "state": state_words(case),
        "cells": {
            stage.id: _cell(one.cells.get(stage.id), one, wanted, found) for stage in COLUMNS
        },
        "why": opened if is_open else None,
    }


def _case_url(case_id: UUID) -> str | None:
    known = own_url("queue.cases")
    return url_for("cases.case", case_id=case_id) if known else None


def _cell(
    cell: StageCell | None, one: Listed, wanted: Question, found: Asked
) -> dict[str, Any] | None:
    if cell is None:
        return None
    limit = wanted.preset.limits.limits.get(cell.clock or "")
    return {
        "text": spent_words(cell, limit),
        "url": _why_url(cell, one, wanted, found),
        "due": _mark(cell, limit, wanted),
        "is_late": cell.is_late and not cell.is_overdue,
    }


def _why_url(cell: StageCell, one: Listed, wanted: Question, found: Asked) -> str | None:
    clock = CHAIN if cell.stage is WHOLE else cell.clock
    if clock is None:
        return None
    more = {"after": request.args["after"]} if found.after else {}
    return wanted.here(
        show=found.show,
        sort=found.sort,
        order=_order(found),
        why=f"{one.case.id}:{clock}",
        _anchor=f"why-{one.case.id}",
        **more,
    )


def spent_words(cell: StageCell, limit: Limit | None) -> str:
    """Return the time spent beside the limit: "3 / 15"; the whole road by its day."""
    if cell.stage is WHOLE and cell.waits:
        return str(_("Day %(num)s", num=cell.spent))
    if limit is None or limit.unit not in (TimeUnit.WORKING_DAY, TimeUnit.CALENDAR_DAY):
        return str(cell.spent)
    return f"{cell.spent} / {limit.value}"


def _mark(cell: StageCell, limit: Limit | None, wanted: Question) -> dict[str, Any] | None:
    if limit is None or not cell.stage.limits:
        return None
    if cell.due_at is None:
        return {"mark": "paused", "amount": None} if cell.waits else None
    if not (cell.waits or cell.is_overdue):
        return None
    preset = wanted.preset
    return due(left_until(cell.due_at, wanted.now, limit.unit, preset.calendar, preset.limits))


def why_of(wanted: Question, opened: tuple[UUID, str]) -> dict[str, Any]:
    """Return the sheet of a clock of a case. Raises NotFound if it never ran."""
    case_id, clock = opened
    session = db.session()
    case = case_of(session, current_actor(), case_id)
    readings = clocks_of(session, case, wanted.preset, as_of=wanted.now)
    of_clock = [one for one in readings if family(one.kind) == family(clock)]
    if not of_clock:
        raise NotFound(clock)
    chosen: Reading = next((one for one in of_clock if one.breach), of_clock[-1])
    sheet = why_sheet(chosen, wanted.preset, current(), wanted.now, {})
    return {**sheet, "title": _("%(number)s: %(clock)s", number=case.number, clock=sheet["title"])}


def unit_words(amount: int | None, unit: TimeUnit) -> str:
    """Return a median as people say it; None: not reached yet."""
    if amount is None:
        return str(_("not reached yet"))
    if unit is TimeUnit.WORKING_DAY:
        if amount == 0:
            return str(_("same day"))
        return str(ngettext("%(num)s working day", "%(num)s working days", amount))
    if unit is TimeUnit.CLOCK_HOUR:
        return str(ngettext("%(num)s hour", "%(num)s hours", amount))
    return (
        str(_("same day")) if amount == 0 else str(ngettext("%(num)s day", "%(num)s days", amount))
    )


def shown_name(show: str, preset: Any) -> str:
    """Return in words which cases a list shows."""
    named: Mapping[str, Any] = {
        "waiting": _("Waiting now"),
        "late": _("Waiting now and late"),
        "received": _("Received in the period"),
        "unfinished": _("Received in the period, not answered yet"),
        "accepted": _("Accepted"),
        "dispatched": _("Dispatched"),
        "returned": _("Sent back by a group"),
        "reopened": _("Reopened"),
        "ended": _("Closed"),
        "answered": _("Answered"),
        "rated": _("Rated by the reporter"),
        "imported": _("Imported"),
        "rewards.offered": _("Rewards offered"),
        "rewards.claimed": _("Rewards claimed"),
        "rewards.paid": _("Rewards paid"),
        "rewards.lapsed": _("Rewards not claimed in time"),
    }
    if show in named:
        return str(named[show])
    head, _dot, rest = show.partition(".")
    if head == "promises":
        judged, _dot, what = rest.partition(".")
        name = What(what).label if what in set(What) else _("all dates")
        return str(_("Promised dates %(judged)s: %(what)s", judged=_judged(judged), what=name))
    if head in BY_ID:
        return str(_("%(stage)s: %(what)s", stage=BY_ID[head].name, what=_what(rest)))
    return str(_("Cases behind a figure"))


def _judged(judged: str) -> str:
    said: Mapping[str, str] = {
        "kept": _("kept"),
        "broken": _("not kept"),
        "released": _("that fell away"),
    }
    return said.get(judged, judged)


def _what(rest: str) -> str:
    said: Mapping[str, str] = {
        "counted": _("all that entered it"),
        "reached": _("done"),
        "waits": _("still to be done"),
        "due": _("whose time is over"),
        "on_time": _("in time"),
        "late_done": _("late"),
        "overdue": _("late and still open"),
        "missed": _("not in time"),
    }
    return said.get(rest, rest)
