"""How many of the dates that reporters were told were kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from portal.cases.kinds import Judged, What
from portal.cases.models import Case, Ledger, ToldPromise
from portal.cases.queries import ledger_of
from portal.cases.queries.promises import as_figures, figures_kept
from portal.foundation.errors import NotFound
from portal.measures.periods import Scope, kept
from portal.presets.kinds import Preset
from portal.reports.models import Report


@dataclass(frozen=True, slots=True)
class Judgements:
    """What became of promises whose day is over."""

    kept: int = 0
    broken: int = 0
    released: int = 0

    @property
    def judged(self) -> int:
        """How many could be kept or not."""
        return self.kept + self.broken


def total(found: Iterable[Judgements]) -> Judgements:
    """Return the sum."""
    every = list(found)
    return Judgements(
        sum(one.kept for one in every),
        sum(one.broken for one in every),
        sum(one.released for one in every),
    )


def _due_in(scope: Scope, now: datetime) -> list[ColumnElement[bool]]:
    """Return the clauses for promises whose day lies in the period and is over.

    `due_at` is the end of the day, which is the first moment of the next one.
    """
    return [
        ToldPromise.due_at > scope.period.start,
        ToldPromise.due_at <= min(scope.period.end, now),
        *kept(scope),
    ]


def judgements(session: Session, scope: Scope, *, now: datetime) -> Mapping[What, Judgements]:
    """Return by what was promised how many were kept; `published` defines it."""
    rows = session.execute(
        select(ToldPromise.what, ToldPromise.judged, func.count())
        .join(Report, Report.id == ToldPromise.report_id)
        .join(Case, Case.id == Report.case_id)
        .where(*_due_in(scope, now))
        .group_by(ToldPromise.what, ToldPromise.judged)
    )
    found: dict[What, dict[str, int]] = {what: {} for what in What}
    for what, judged, number in rows:
        if judged is not Judged.WAITS:
            found[what][judged.value] = number
    return {what: Judgements(**numbers) for what, numbers in found.items()}


def promises_behind(rest: str, scope: Scope, *, now: datetime) -> Select[*tuple[Any, ...]]:
    """Return case and id of each promise that a figure counts, by its name: kept.decision.

    Raises NotFound for one that there is not.
    """
    judged, _dot, what = rest.partition(".")
    is_judged = judged in set(Judged) and judged != Judged.WAITS
    if not is_judged or what not in {"all", *What}:
        raise NotFound(rest)
    named = [] if what == "all" else [ToldPromise.what == What(what)]
    return (
        select(Case.id.label("case_id"), ToldPromise.id.label("turn"))
        .join(Report, Report.case_id == Case.id)
        .join(ToldPromise, ToldPromise.report_id == Report.id)
        .where(ToldPromise.judged == Judged(judged), *named, *_due_in(scope, now))
    )


def promises_compared(session: Session, report: Report, preset: Preset) -> tuple[Any, Any]:
    """Return what is kept of a report's promises and what its events gave at that moment."""
    ledger = session.get(Ledger, report.id)
    if ledger is None:
        return [], []
    told = ledger_of(session, report, preset, now=ledger.at, upto=ledger.seq)
    return figures_kept(session, report.id), as_figures(told)
