"""The page of handling times: what waits, the cohort, each stage, the flow, the cases."""

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action
from portal.cases.kinds import RESOLUTION_LABELS
from portal.measures.flow import NAMED_ENDS, OTHER_ENDS, Flow
from portal.measures.stages import CONCLUSION, STAGES, WHOLE
from portal.measures.times import BARS, PARTS_OF_LIMIT, StageTimes
from portal.oversight.views import oversight
from portal.oversight.views._asking import Question, question
from portal.oversight.views._table import asked, table, unit_words
from portal.web.filters import short_day, short_time
from portal.web.pages import needs
from portal.web.words import amount


@oversight.get("")
@needs(Action.READ_MEASURES)
def times() -> ResponseReturnValue:
    wanted = question()
    listed = table(wanted, asked("waiting"))
    page = render_template(
        "oversight/times.html",
        question=wanted,
        form=wanted.form,
        waiting=_waiting(wanted),
        cohort=_cohort(wanted),
        stages=[_stage(wanted, wanted.asked.times[stage.id]) for stage in STAGES],
        flow=_flow(wanted),
        pills=_pills(wanted, listed["show"]),
        table=listed,
    )
    return page, 422 if wanted.form.errors else 200


def _waiting(wanted: Question) -> dict[str, Any]:
    found = wanted.asked.waiting
    longest = max((one.number for one in found.classes), default=0) or 1
    bars = []
    for one in found.classes:
        last = "" if one.last is None else one.last
        name = (
            _("over %(days)s days", days=one.first - 1)
            if one.last is None
            else _("%(first)s–%(last)s days", first=one.first, last=one.last)
        )
        bars.append(
            {
                "name": name,
                "number": one.number,
                "share": one.number / longest,
                "url": wanted.behind(f"age.{one.first}-{last}") if one.number else None,
                "tone": 2 if one.last is None else 1,
            }
        )
    return {"found": found, "bars": bars}


def _cohort(wanted: Question) -> dict[str, Any]:
    asked_ = wanted.asked
    return {
        "number": asked_.counts.numbers["received"],
        "unfinished": asked_.counts.numbers["unfinished"],
        "imported": asked_.counts.imported,
        "whole": asked_.times[WHOLE.id],
        "conclusion": asked_.times[CONCLUSION.id],
        "share": share(wanted, asked_.times[CONCLUSION.id]),
    }


def share(wanted: Question, figures: StageTimes) -> tuple[int, int] | None:
    """Return part and whole where there are enough for a percentage, else None."""
    enough = wanted.preset.city.settings.percent_from
    return (figures.on_time, figures.due) if figures.due >= enough else None


def _stage(wanted: Question, figures: StageTimes) -> dict[str, Any]:
    limits = wanted.preset.limits.limits
    stage = figures.stage
    tallest = max(figures.bars) or 1
    return {
        "id": stage.id,
        "name": stage.name,
        "way": stage.way,
        "limits": [(limits[one].name, amount(limits[one])) for one in stage.limits],
        "figures": figures,
        "bars": [
            {"share": number / tallest, "late": place >= PARTS_OF_LIMIT and bool(stage.limits)}
            for place, number in enumerate(figures.bars)
        ],
        "limit_at": PARTS_OF_LIMIT / BARS if stage.limits else None,
        "median": unit_words(figures.median, figures.unit) if figures.counted else "—",
        "p90": unit_words(figures.p90, figures.unit) if figures.counted else "—",
        "share": share(wanted, figures),
    }


def _flow(wanted: Question) -> dict[str, Any]:
    columns = [{"key": one.value, "label": RESOLUTION_LABELS[one]} for one in NAMED_ENDS]
    columns.append({"key": "other", "label": _("Other")})
    start, end = wanted.asked.scope.period.start, wanted.asked.flow.period.end
    rows = [_flow_row(wanted, wanted.asked.flow, _span(wanted, start, end), {})]
    since = wanted.asked.flow_since
    if since is not None:
        rows.append(_flow_row(wanted, since, _span(wanted, end, wanted.now), wanted.range_since))
    return {"columns": columns, "rows": rows}


def _span(wanted: Question, start: Any, end: Any) -> str:
    last = short_time(end, wanted.now) if end == wanted.now else short_day(end, wanted.now)
    return str(_("%(start)s to %(end)s", start=short_day(start, wanted.now), end=last))


def _flow_row(wanted: Question, found: Flow, period: str, dates: dict[str, str]) -> dict[str, Any]:
    """A row of the flow; `dates` replaces the range in the addresses behind its numbers."""

    def behind(what: str) -> str:
        return wanted.behind(f"flow.{what}", **dates)

    closed = {
        one.value: {"number": found.closed.get(one, 0), "url": behind(f"closed.{one.value}")}
        for one in NAMED_ENDS
    }
    rest = sum(found.closed.get(one, 0) for one in OTHER_ENDS)
    closed["other"] = {"number": rest, "url": behind("closed.other")}
    return {
        "period": period,
        "before": found.before,
        "received": found.received,
        "reopened": found.reopened,
        "closed": closed,
        "total": found.total_closed,
        "after": found.after,
        "counted": found.counted,
        "difference": found.difference,
        "urls": {
            "before": behind("before"),
            "received": behind("received"),
            "reopened": behind("reopened"),
            "total": behind("closed"),
            "counted": behind("after"),
        },
    }


def _pills(wanted: Question, shown: str) -> list[dict[str, Any]]:
    found = wanted.asked
    pills = [
        ("waiting", _("Waiting now"), found.waiting.number),
        ("late", _("Waiting and late"), found.waiting.late),
        ("received", _("Received"), found.counts.numbers["received"]),
        ("conclusion.missed", _("Not concluded in time"), found.times[CONCLUSION.id].missed),
        ("conclusion.overdue", _("Overdue, not concluded"), found.times[CONCLUSION.id].overdue),
    ]
    return [
        {
            "text": f"{name} {number}",
            "url": wanted.here(show=show, sort=request.args.get("sort"), _anchor="cases"),
            "current": show == shown,
        }
        for show, name, number in pills
    ]
