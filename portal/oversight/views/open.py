"""The published figures: no sign-in, no cookie, small numbers hidden."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields import SelectChoice

from portal.access.kinds import Action
from portal.cases.kinds import RESOLUTION_LABELS
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.measures import published
from portal.measures.asked import Asked
from portal.measures.catalogue import definition_of
from portal.measures.headline import headline
from portal.measures.places import by_kind, by_place
from portal.measures.promises import total
from portal.measures.quarters import before, newest_telling, quarter_of, scope_of
from portal.measures.small_numbers import Column, Hidden, Shown, protected
from portal.measures.stages import WHOLE
from portal.measures.survival import share_by
from portal.oversight.forms import PeriodForm
from portal.oversight.views import open_pages
from portal.oversight.views._table import unit_words
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.web import headers
from portal.web.filters import local, number
from portal.web.language import current
from portal.web.pages import needs
from portal.web.spreadsheet import Cell, csv_response

KEPT_SECONDS = 300
QUARTERS_SHOWN = 8
PLACE_COLUMNS = ("received", "in_time", "late", "waiting")
#: Days between the points of the public curve; finer ones would tell of single cases.
CURVE_STEP = 10
DEFINED = (
    published.received,
    published.waiting_now,
    published.time_to_answer,
    published.share_on_time,
    published.promises_kept,
    published.ended_by_resolution,
    published.refusals_by_reason,
)


@open_pages.get("")
@needs(Action.READ_PUBLIC)
def figures() -> ResponseReturnValue:
    headers.published(KEPT_SECONDS)
    asked, form = _asked()
    return render_template(
        "oversight/open.html",
        form=form,
        asked=asked,
        view=request.args.get("view", "chart"),
        few=asked.preset.city.settings.hide_cells_up_to,
        **_tables(asked, form.period.data),
        definitions=[(_name(one), _(definition_of(one))) for one in DEFINED],
        csv_url=url_for("open.figures_csv", period=form.period.data),
    )


@open_pages.get("/figures.csv")
@needs(Action.READ_PUBLIC)
def figures_csv() -> ResponseReturnValue:
    """The same numbers, hidden alike, with their definitions."""
    headers.published(KEPT_SECONDS)
    asked, form = _asked()
    return csv_response(f"figures-{form.period.data}", _file(asked, form))


def _asked() -> tuple[Asked, PeriodForm]:
    """Quarters only: periods that overlap would give small numbers back by subtraction."""
    session, moment = db.session(), now()
    preset = in_force(session, moment)
    choices = [quarter for quarter, _words in quarters(moment)]
    wanted = request.args.get("period") or newest_telling(session, preset, moment)
    if wanted not in choices:
        raise NotFound(wanted)
    form = PeriodForm(data={"period": wanted})
    form.period.choices = [SelectChoice(one, quarter_words(one)) for one in choices]
    return Asked(session, scope_of(wanted, preset), preset, moment), form


def quarters(moment: datetime) -> list[tuple[str, str]]:
    """Return the quarters that are published, the newest first, each with its words."""
    one = quarter_of(local(moment).date())
    found = []
    for _n in range(QUARTERS_SHOWN):
        found.append((one, quarter_words(one)))
        one = before(one)
    return found


def quarter_words(quarter: str) -> str:
    """Return a quarter as people say it."""
    year, _dash, part = quarter.partition("-Q")
    return str(_("%(year)s, quarter %(quarter)s", year=year, quarter=part))


def said(cell: Shown, few: int) -> str:
    """Return a count, or what stands in its place."""
    if cell is Hidden.FEW:
        return f"1–{few}" if few > 1 else "1"
    if isinstance(cell, Hidden):
        return str(_("not shown"))
    return number(cell)


def _tables(asked: Asked, quarter: str) -> dict[str, Any]:
    few = asked.preset.city.settings.hide_cells_up_to
    refused, reasons = _refusals(asked, few)
    return {
        "heading": _heading(asked, quarter),
        "totals": _totals(asked, few),
        "places": _places(asked, few),
        "kinds": _kinds(asked, few),
        "ends": _ends(asked, few),
        "refused": refused,
        "reasons": reasons,
        "curve": _curve(asked),
        "promises": _promises(asked, few),
    }


def _name(function: Any) -> str:
    names: dict[str, str] = {
        "received": _("Received"),
        "waiting_now": _("Waiting now"),
        "time_to_answer": _("Time to the answer"),
        "share_on_time": _("Done in time"),
        "promises_kept": _("Promised dates kept"),
        "ended_by_resolution": _("How cases ended"),
        "refusals_by_reason": _("Reasons for refusing"),
    }
    return names[function.__name__]


def _heading(asked: Asked, quarter: str) -> str:
    whole, period = asked.times[WHOLE.id], quarter_words(quarter)
    if whole.counted < asked.preset.city.settings.percent_from:
        return str(_("%(period)s: too few reports to say how long it takes", period=period))
    if whole.median is None:
        return str(_("%(period)s: less than half have their answer yet", period=period))
    return str(
        _(
            "%(period)s: half of the reports are answered within %(days)s days",
            period=period,
            days=whole.median,
        )
    )


def _totals(asked: Asked, few: int) -> dict[str, Any]:
    found = headline(asked.counts.numbers["received"], asked.times, asked.waiting, asked.preset)
    return {
        "received": said(found.received, few),
        "in_time": said(found.in_time, few),
        "late": said(found.late, few),
        "due": None if found.due is None else number(found.due),
        "share": found.share,
        "waiting": said(found.waiting, few),
        "median": unit_words(found.median, found.unit) if found.is_telling else None,
        "p90": unit_words(found.p90, found.unit) if found.is_telling else None,
    }


def _promises(asked: Asked, few: int) -> dict[str, Any]:
    """Kept and not kept add up to those judged; a share only where neither is small."""
    found = total(published.promises_kept(asked).values())
    column = protected([found.kept, found.broken], few)
    is_whole = not any(isinstance(cell, Hidden) for cell in (*column.cells, column.total))
    enough = found.judged >= asked.preset.city.settings.percent_from
    return {
        "rows": [
            ["kept", _("Promise kept"), said(column.cells[0], few)],
            ["broken", _("Promise not kept"), said(column.cells[1], few)],
            ["all", _("All dates whose day is over"), said(column.total, few)],
        ],
        "share": (found.kept, found.judged) if is_whole and enough else None,
    }


def _places(asked: Asked, few: int) -> dict[str, Any]:
    found = by_place(asked)
    columns = {
        name: protected([row[name] for row in found.values()], few) for name in PLACE_COLUMNS
    }
    names = [_place_name(asked.preset, place) for place in found]
    rows = [
        [name, *(said(columns[column].cells[line], few) for column in PLACE_COLUMNS)]
        for line, name in enumerate(names)
    ]
    rows.append([_("All"), *(said(columns[column].total, few) for column in PLACE_COLUMNS)])
    return {"rows": rows, "codes": list(found)}


def _place_name(preset: Preset, place: str | None) -> str:
    one = preset.taxonomy.jurisdictions.get(place or "")
    return one.name.in_language(current()) if one else str(_("Not settled yet"))


def _kinds(asked: Asked, few: int) -> list[dict[str, Any]]:
    found = by_kind(asked)
    column = protected(list(found.values()), few)
    longest = max((one for one in column.cells if not isinstance(one, Hidden)), default=0) or 1
    sectors = asked.preset.taxonomy.sectors
    rows = []
    for cell, sector in zip(column.cells, found, strict=True):
        # The bar of a hidden number must not tell it.
        share = 0.0 if isinstance(cell, Hidden) else cell / longest
        name = sectors[sector].in_language(current()) if sector else _("Not settled yet")
        rows.append({"name": name, "number": said(cell, few), "share": share})
    return rows


def _ends(asked: Asked, few: int) -> list[list[str]]:
    """How the cases of the period ended; with those still open they add up to all received."""
    column = _end_column(asked, few)
    names = [str(label) for label in RESOLUTION_LABELS.values()]
    return [
        [name, said(cell, few)]
        for name, cell in zip([*names, _("Still open")], column.cells, strict=True)
    ]


def _end_column(asked: Asked, few: int) -> Column:
    ended = published.ended_by_resolution(asked)
    numbers = [ended[one] for one in RESOLUTION_LABELS]
    still_open = asked.counts.numbers["received"] - sum(numbers)
    return protected([*numbers, still_open], few)


def _refusals(asked: Asked, few: int) -> tuple[str, list[list[str]]]:
    """Reasons only where their sum is shown: so many lines alone would tell of a hidden one."""
    place = [one.value for one in RESOLUTION_LABELS].index("refused")
    total = _end_column(asked, few).cells[place]
    found = published.refusals_by_reason(asked)
    if isinstance(total, Hidden) or not found:
        return said(total, few), []
    column = protected(list(found.values()), few)
    reasons = asked.preset.taxonomy.refusal_reasons
    return said(total, few), [
        [reasons[code].name.in_language(current()) if code in reasons else code, said(cell, few)]
        for code, cell in zip(found, column.cells, strict=True)
    ]


def _curve(asked: Asked) -> list[list[Any]] | None:
    found = asked.times[WHOLE.id]
    if found.counted < asked.preset.city.settings.percent_from:
        return None
    last = asked.preset.limits.limits["handling_total"].value + 3 * CURVE_STEP
    rows: list[list[Any]] = []
    for day in range(0, last + 1, CURVE_STEP):
        share = share_by(found.steps, day)
        rows.append(
            [{"text": day, "value": day}, {"text": f"{share:.0%}", "value": round(share * 100)}]
        )
    return rows


def _file(asked: Asked, form: PeriodForm) -> Iterator[Sequence[Cell]]:
    found = _tables(asked, form.period.data)
    yield [_("Period"), quarter_words(form.period.data)]
    yield [_("Version of the time limits"), asked.preset.limits.version]
    yield [_("Computed at"), local(asked.now).isoformat(timespec="seconds")]
    for function in DEFINED:
        yield [_("Definition"), _name(function), _(definition_of(function))]
    yield []
    for name, value in found["totals"].items():
        if isinstance(value, str):
            yield ["all", name, value]
    for code, name, cell in found["promises"]["rows"]:
        yield ["promise", code, name, cell]
    for code, row in zip([*found["places"]["codes"], "all"], found["places"]["rows"], strict=True):
        for column, cell in zip(PLACE_COLUMNS, row[1:], strict=True):
            yield ["district", code or "none", row[0], column, cell]
    for row in found["kinds"]:
        yield ["kind", row["name"], row["number"]]
    for name, cell in found["ends"]:
        yield ["end", name, cell]
    for name, cell in found["reasons"]:
        yield ["refused", name, cell]
