"""The list of published measures, with their definitions and their numbers as tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.cases.kinds import FINDING_LABELS, PROMISE_LABELS, RESOLUTION_LABELS
from portal.measures import published as p
from portal.measures.asked import Asked
from portal.measures.counts import Share
from portal.measures.promises import Judgements, total
from portal.measures.self_found import ALL, OWN
from portal.measures.stages import BY_ID
from portal.measures.times import StageTimes
from portal.reports.kinds import CONTACTED_LABELS, SATISFIED_LABELS, SOLVED_LABELS


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a measure: `code` for machines, `label` for people, numbers by column.

    `shows` names the list of cases behind the line, or behind single columns.
    """

    code: str
    label: Any
    numbers: Mapping[str, int | str | None]
    shows: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Measure:
    """A published figure; its definition is the docstring of `function`."""

    id: str
    name: Any
    function: Callable[[Asked], Any]
    lines: Callable[[Asked], Sequence[Line]]

    @property
    def definition(self) -> str:
        """The definition in English, one line: the message that the catalogue translates."""
        return definition_of(self.function)


def definition_of(function: Callable[..., Any]) -> str:
    """Return a docstring as one line."""
    return " ".join((function.__doc__ or "").split())


#: Name of each column of numbers.
COLUMNS: Mapping[str, Any] = {
    "number": _l("Cases"),
    "median": _l("Median"),
    "p90": _l("90th percentile"),
    "unit": _l("Unit"),
    "reached": _l("Done"),
    "waits": _l("Still waiting"),
    "late": _l("Late"),
    "oldest": _l("Longest"),
    "part": _l("Of them"),
    "whole": _l("Of all"),
    "on_time": _l("Done in time"),
    "due": _l("Due by now"),
    "percent": _l("Share"),
    "late_done": _l("Done late"),
    "overdue": _l("Overdue, not done"),
    "kept": _l("Promise kept"),
    "broken": _l("Promise not kept"),
    "released": _l("Fell away"),
    "rated": _l("Rated"),
    "answered": _l("Answered"),
    "claimed": _l("Claimed"),
    "paid": _l("Paid"),
    "lapsed": _l("Not claimed in time"),
    "before": _l("Open before"),
    "received": _l("Received"),
    "reopened": _l("Reopened"),
    "closed": _l("Closed"),
    "after": _l("Open after"),
    "counted": _l("Counted"),
    "difference": _l("Left over"),
}


def _stage(stage_id: str, figures: StageTimes) -> Line:
    return Line(
        stage_id,
        BY_ID[stage_id].name,
        {
            "number": figures.counted,
            "median": figures.median,
            "p90": figures.p90,
            "unit": figures.unit.value,
            "reached": figures.reached,
            "waits": figures.waits,
        },
        {
            "number": f"{stage_id}.counted",
            "reached": f"{stage_id}.reached",
            "waits": f"{stage_id}.waits",
        },
    )


def _time(stage_id: str, function: Callable[[Asked], StageTimes]) -> Measure:
    return Measure(
        function.__name__,
        TIME_NAMES[stage_id],
        function,
        lambda asked: [_stage(stage_id, function(asked))],
    )


TIME_NAMES: Mapping[str, Any] = {
    "whole": _l("Time to the answer"),
    "acceptance": _l("Time to the decision"),
    "dispatch": _l("Time to dispatch"),
    "sign_for": _l("Time to signing for"),
    "first_response": _l("Time to the first answer"),
    "visit": _l("Time to the visit"),
    "verification": _l("Time to verification"),
    "conclusion": _l("Time to conclusion"),
    "closure": _l("Time to closing"),
}


def _share(function: Callable[[Asked], Share], part: str, whole: str) -> Callable[[Asked], Any]:
    def lines(asked: Asked) -> Sequence[Line]:
        share = function(asked)
        return [
            Line(
                function.__name__,
                SHARE_NAMES[function.__name__],
                {"part": share.part, "whole": share.whole},
                {"part": part, "whole": whole},
            )
        ]

    return lines


SHARE_NAMES: Mapping[str, Any] = {
    "accepted": _l("Accepted"),
    "refused": _l("Not taken on"),
    "returned": _l("Sent back by a group"),
    "reopened": _l("Reopened"),
}


def _waiting(asked: Asked) -> Sequence[Line]:
    found = p.waiting_now(asked)
    return [
        Line(
            "waiting",
            _l("Waiting now"),
            {
                "number": found.number,
                "median": found.median,
                "p90": found.p90,
                "late": found.late,
                "oldest": found.oldest,
            },
            {"number": "waiting", "late": "late"},
        )
    ]


def _on_time(asked: Asked) -> Sequence[Line]:
    p.share_on_time(asked)
    return [on_time_line(asked.times[stage_id]) for stage_id in p.share_on_time(asked)]


def on_time_line(figures: StageTimes) -> Line:
    """Return how one limit was kept."""
    stage = figures.stage
    names = ("on_time", "due", "late_done", "overdue")
    return Line(
        stage.id,
        stage.name,
        {name: getattr(figures, name) for name in names},
        {name: f"{stage.id}.{name}" for name in names},
    )


def _promises(asked: Asked) -> Sequence[Line]:
    found = p.promises_kept(asked)
    lines = [
        Line(what.value, PROMISE_LABELS[what], _judged(one), _behind(what.value))
        for what, one in found.items()
    ]
    return [*lines, Line("all", _l("All dates"), _judged(total(found.values())), _behind("all"))]


def _rewards(asked: Asked) -> Sequence[Line]:
    found = p.rewards(asked)
    numbers = {
        "number": found.offered,
        "median": found.median,
        "claimed": found.claimed,
        "paid": found.paid,
        "lapsed": found.lapsed,
    }
    shows = {"number": "rewards.offered"}
    shows |= {name: f"rewards.{name}" for name in ("claimed", "paid", "lapsed")}
    return [Line("rewards", _l("Rewards offered"), numbers, shows)]


def _self_found(asked: Asked) -> Sequence[Line]:
    found = p.self_found(asked)
    if found is None:
        return []
    is_enough = found.whole >= asked.preset.city.settings.percent_from
    numbers = {
        "part": found.part,
        "whole": found.whole,
        "percent": found.percent if is_enough else None,
    }
    shows = {"part": f"self_found.{OWN}", "whole": f"self_found.{ALL}"}
    return [Line("self_found", _l("Found by units themselves"), numbers, shows)]


def _judged(one: Judgements) -> Mapping[str, int | str | None]:
    return {"kept": one.kept, "broken": one.broken, "released": one.released}


def _behind(what: str) -> Mapping[str, str]:
    return {judged: f"promises.{judged}.{what}" for judged in ("kept", "broken", "released")}


def _groups(asked: Asked) -> Sequence[Line]:
    lines = []
    for group_id, figures in p.times_by_group(asked).items():
        for stage_id, found in figures.items():
            one = _stage(stage_id, found)
            kept = on_time_line(found)
            lines.append(
                Line(
                    f"{group_id or 'desk'}/{stage_id}",
                    one.label,
                    {**one.numbers, **kept.numbers},
                    {},
                )
            )
    return lines


def _received(asked: Asked) -> Sequence[Line]:
    return [Line("received", _l("Received"), {"number": p.received(asked)}, {"number": "received"})]


def _refusals(asked: Asked) -> Sequence[Line]:
    reasons = asked.preset.taxonomy.refusal_reasons
    return [
        Line(
            reason,
            reasons[reason].name if reason in reasons else reason,
            {"number": number},
            {"number": f"refused.{reason}"},
        )
        for reason, number in p.refusals_by_reason(asked).items()
    ]


def _by_kind(
    function: Callable[[Asked], Mapping[Any, int]], labels: Mapping[Any, Any], show: str
) -> Callable[[Asked], Sequence[Line]]:
    def lines(asked: Asked) -> Sequence[Line]:
        return [
            Line(kind.value, labels[kind], {"number": number}, {"number": f"{show}.{kind.value}"})
            for kind, number in function(asked).items()
        ]

    return lines


def _said(
    function: Callable[[Asked], Mapping[Any, int]], labels: Mapping[Any, Any], show: str
) -> Callable[[Asked], Sequence[Line]]:
    kinds = _by_kind(function, labels, show)

    def lines(asked: Asked) -> Sequence[Line]:
        numbers = asked.counts.numbers
        total = Line(
            "rated",
            _l("Rated, of those answered"),
            {"part": numbers["rated"], "whole": numbers["answered"]},
            {"part": "rated", "whole": "answered"},
        )
        return [*kinds(asked), total]

    return lines


def _flow(asked: Asked) -> Sequence[Line]:
    found = p.flow(asked)
    numbers = {
        "before": found.before,
        "received": found.received,
        "reopened": found.reopened,
        "closed": found.total_closed,
        "after": found.after,
        "counted": found.counted,
        "difference": found.difference,
    }
    listed = ("before", "received", "reopened", "closed", "after")
    return [Line("flow", _l("Flow of cases"), numbers, {name: f"flow.{name}" for name in listed})]


MEASURES: Sequence[Measure] = (
    Measure("waiting_now", _l("Waiting now"), p.waiting_now, _waiting),
    _time("whole", p.time_to_answer),
    _time("acceptance", p.time_to_acceptance),
    _time("dispatch", p.time_to_dispatch),
    _time("sign_for", p.time_to_signing),
    _time("first_response", p.time_to_first_answer),
    _time("visit", p.time_to_visit),
    _time("verification", p.time_to_verification),
    _time("conclusion", p.time_to_conclusion),
    _time("closure", p.time_to_closure),
    Measure("share_on_time", _l("Done in time"), p.share_on_time, _on_time),
    Measure("promises_kept", _l("Promised dates kept"), p.promises_kept, _promises),
    Measure("rewards", _l("Rewards offered"), p.rewards, _rewards),
    Measure("self_found", _l("Found by units themselves"), p.self_found, _self_found),
    Measure("times_by_group", _l("Times by group"), p.times_by_group, _groups),
    Measure("received", _l("Received"), p.received, _received),
    Measure("accepted", _l("Accepted"), p.accepted, _share(p.accepted, "accepted", "received")),
    Measure(
        "refused", _l("Not taken on"), p.refused, _share(p.refused, "ended.refused", "received")
    ),
    Measure("refusals_by_reason", _l("Reasons for refusing"), p.refusals_by_reason, _refusals),
    Measure(
        "returned",
        _l("Sent back by a group"),
        p.returned,
        _share(p.returned, "returned", "dispatched"),
    ),
    Measure("reopened", _l("Reopened"), p.reopened, _share(p.reopened, "reopened", "ended")),
    Measure(
        "ended_by_resolution",
        _l("How cases ended"),
        p.ended_by_resolution,
        _by_kind(p.ended_by_resolution, RESOLUTION_LABELS, "ended"),
    ),
    Measure(
        "found_true",
        _l("Found true or not"),
        p.found_true,
        _by_kind(p.found_true, FINDING_LABELS, "found"),
    ),
    Measure(
        "contacted",
        _l("Contacted, say reporters"),
        p.contacted,
        _said(p.contacted, CONTACTED_LABELS, "contacted"),
    ),
    Measure(
        "solved", _l("Solved, say reporters"), p.solved, _said(p.solved, SOLVED_LABELS, "solved")
    ),
    Measure(
        "satisfied",
        _l("Satisfied, say reporters"),
        p.satisfied,
        _said(p.satisfied, SATISFIED_LABELS, "satisfied"),
    ),
    Measure("flow", _l("Flow of cases"), p.flow, _flow),
)
BY_NAME: Mapping[str, Measure] = {measure.id: measure for measure in MEASURES}
