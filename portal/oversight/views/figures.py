"""All measures with their definitions, as tables, charts and a file."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action
from portal.measures.catalogue import BY_NAME, COLUMNS, MEASURES, Line, Measure
from portal.measures.funnel import limits_of
from portal.measures.stages import CONCLUSION, WHOLE, WITH_LIMIT
from portal.measures.survival import share_by
from portal.measures.times import StageTimes
from portal.oversight.views import oversight
from portal.oversight.views._about import about
from portal.oversight.views._asking import Question, question
from portal.oversight.views._table import unit_words
from portal.presets.kinds import TimeUnit, Words
from portal.web.filters import percent
from portal.web.language import current
from portal.web.pages import needs
from portal.web.spreadsheet import Cell, csv_response

#: Points of the curve that its table shows, in days.
CURVE_POINTS = 13
TIMES = ("median", "p90")
#: Shown with a column for each stage: its lines alone would fill many screens.
GROUPS = "times_by_group"


@oversight.get("/figures")
@needs(Action.READ_MEASURES)
def figures() -> ResponseReturnValue:
    wanted = question()
    page = render_template(
        "oversight/figures.html",
        question=wanted,
        form=wanted.form,
        view=request.args.get("view", "chart"),
        curve=_curve(wanted),
        funnel=_funnel(wanted),
        measures=[_measure(wanted, one) for one in MEASURES if one.id != GROUPS],
        groups=_groups(wanted),
    )
    return page, 422 if wanted.form.errors else 200


@oversight.get("/figures.csv")
@needs(Action.READ_MEASURES)
def figures_csv() -> ResponseReturnValue:
    """One number a row, each with its definition."""
    wanted = question()
    return csv_response("figures", [*about(wanted), [], *_numbers(wanted)])


def _numbers(wanted: Question) -> Iterator[Sequence[Cell]]:
    yield [_("Measure"), _("Name"), _("Line"), _("Column"), _("Number"), _("Definition")]
    for measure in MEASURES:
        for line in measure.lines(wanted.asked):
            for column, number in line.numbers.items():
                yield [
                    *(measure.id, str(measure.name), line.code, column),
                    *(number, _(measure.definition)),
                ]


def _measure(wanted: Question, measure: Measure) -> dict[str, Any]:
    lines = list(measure.lines(wanted.asked))
    columns = [name for name in COLUMNS if any(name in line.numbers for line in lines)]
    return {
        "id": measure.id,
        "name": measure.name,
        "definition": _(measure.definition),
        "columns": [COLUMNS[name] for name in columns if name != "unit"],
        "rows": [
            {
                "name": _label(wanted, line),
                "cells": [_cell(wanted, line, name) for name in columns if name != "unit"],
            }
            for line in lines
        ],
    }


def _label(wanted: Question, line: Line) -> str:
    name = line.label.in_language(current()) if isinstance(line.label, Words) else str(line.label)
    group, slash, _stage = line.code.partition("/")
    if not slash:
        return name
    known = {str(one.id): one.name(current()) for one in wanted.groups.values()}
    return f"{known.get(group, _('At the desk'))} · {name}"


def _cell(wanted: Question, line: Line, name: str) -> dict[str, Any]:
    number = line.numbers.get(name)
    unit = line.numbers.get("unit")
    if name in TIMES and (number is None or isinstance(number, int)):
        return {"text": _time(number, unit, line), "url": None}
    if name == "percent":
        return {"text": "—" if number is None else f"{number}%", "url": None}
    show = line.shows.get(name)
    url = wanted.behind(show) if show and number else None
    return {"text": "—" if number is None else number, "url": url}


def _time(number: int | None, unit: Any, line: Line) -> str:
    if not line.numbers.get("number"):
        return "—"
    return unit_words(number, TimeUnit(unit) if unit else TimeUnit.CALENDAR_DAY)


def _groups(wanted: Question) -> dict[str, Any]:
    """A row for each group: for each stage its median, and how many were in time of those due."""
    stages = (*WITH_LIMIT, WHOLE)
    rows = []
    for group in wanted.groups.values():
        figures = wanted.asked.groups.get(group.id)
        if figures is not None:
            cells = [_group_cell(wanted, group.code, figures[stage.id]) for stage in stages]
            rows.append({"name": group.name(current()), "cells": cells})
    measure = BY_NAME[GROUPS]
    return {
        "id": measure.id,
        "name": measure.name,
        "definition": _(measure.definition),
        "stages": [stage.name for stage in stages],
        "rows": rows,
    }


def _group_cell(wanted: Question, code: str, figures: StageTimes) -> dict[str, Any]:
    stage = figures.stage
    show = f"{stage.id}.due" if stage.limits else f"{stage.id}.counted"
    count = figures.due if stage.limits else figures.counted
    return {
        "median": unit_words(figures.median, figures.unit) if figures.counted else "—",
        "count": f"{figures.on_time} / {figures.due}" if stage.limits else str(count),
        "url": wanted.behind(show, group=code) if count else None,
    }


def _curve(wanted: Question) -> dict[str, Any]:
    """The share that has its answer by day t, with the band of 95 %."""
    found = wanted.asked.times[WHOLE.id]
    steps = found.steps
    promise = wanted.preset.limits.limits["handling_total"].value
    last = max([promise, *(step.time for step in steps)], default=promise)
    points = sorted({round(last * n / (CURVE_POINTS - 1)) for n in range(CURVE_POINTS)} | {promise})
    rows = []
    for day in points:
        before = [step for step in steps if step.time <= day]
        low = 1 - before[-1].high if before else 0.0
        high = 1 - before[-1].low if before else 0.0
        at_risk = found.counted - sum(row.number for row in found.rows if row.units < day)
        shares = [share_by(steps, day), low, high]
        rows.append(
            [
                {"text": day, "value": day},
                *({"text": f"{share:.0%}", "value": round(share * 100, 1)} for share in shares),
                at_risk,
            ]
        )
    return {
        "figures": found,
        "median": unit_words(found.median, found.unit) if found.counted else "—",
        "enough": found.counted >= wanted.preset.city.settings.percent_from,
        "rows": rows,
        "promise": promise,
        "by_promise": percent(round(share_by(steps, promise) * 1000), 1000),
    }


def _funnel(wanted: Question) -> dict[str, Any]:
    """Concluded in time by group, beside what chance alone makes of groups of that size."""
    rows: list[list[Any]] = []
    outside: list[str] = []
    everything = wanted.asked.times[CONCLUSION.id]
    enough = wanted.preset.city.settings.percent_from
    for group_id, figures in wanted.asked.groups.items():
        found = figures[CONCLUSION.id]
        group = wanted.groups.get(group_id) if group_id else None
        if group is None or found.due < enough:
            continue
        bounds = limits_of(everything.on_time, everything.due, found.due)
        share = found.on_time / found.due
        if share < bounds.low998:
            outside.append(group.name(current()))
        shares = (share, bounds.low95, bounds.high95, bounds.low998, bounds.high998)
        rows.append(
            [
                {"text": group.name(current()), "url": wanted.here(group=group.code)},
                {"text": found.due, "value": found.due},
                *({"text": f"{one:.0%}", "value": round(one * 100, 1)} for one in shares),
            ]
        )
    rows.sort(key=lambda row: row[1]["value"])
    return {"rows": rows, "outside": outside, "enough": enough}
