"""Both sides by district: the steps that were ordered, and the help that was given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Date, and_, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.assistance.kinds import Followed, Helped, HelpEnd, Origin
from portal.assistance.models import Assistance, AssistanceAdvice
from portal.cases.kinds import Finding, Source
from portal.cases.models import Case
from portal.discipline.models import DisciplinaryStep
from portal.measures.asked import Asked

#: By district; None: where none is settled.
ByPlace = Mapping[str | None, int]
Shares = Mapping[str | None, tuple[int, int]]
#: Of the preset's windows: within how many days after help a true case counts.
REPEAT_DAYS = "help_repeat_days"


def steps_ordered(asked: Asked) -> ByPlace:
    """Disciplinary steps ordered in the period, by the district of their case. A step that was
    withdrawn later counts all the same."""
    wanted = (
        select(Case.jurisdiction, func.count())
        .select_from(DisciplinaryStep)
        .join(Case, Case.id == DisciplinaryStep.case_id)
        .where(*_within(asked, DisciplinaryStep.ordered_at))
        .group_by(Case.jurisdiction)
    )
    return {place: count for place, count in asked.session.execute(wanted)}


def help_asked(asked: Asked) -> ByPlace:
    """Requests for help that came in within the period, by link or written down by staff."""
    return _made(asked, Origin.ASKED)


def help_offered(asked: Asked) -> ByPlace:
    """Help that groups offered of their own within the period."""
    return _made(asked, Origin.OFFERED)


def answered_in_time(asked: Asked) -> Shares:
    """Of the requests that came in within the period and whose day for the answer is over: those
    that were taken up or declined by the end of that day, and all of them. What nobody answered
    counts as not in time."""
    today = _today(asked)
    over = and_(Assistance.origin == Origin.ASKED, Assistance.answer_due_on < today)
    on = cast(func.timezone(asked.preset.limits.zone.key, Assistance.answered_at), Date)
    return _shares(asked, over, on <= Assistance.answer_due_on)


def advice_followed(asked: Asked) -> Shares:
    """Of the advice given with help that began in the period and of which it is settled: what was
    followed, and all of it. Followed in part counts as not followed; what nobody has settled is
    left out of both."""
    settled = AssistanceAdvice.followed.is_not(None)
    followed = AssistanceAdvice.followed == Followed.YES
    wanted = (
        select(Assistance.jurisdiction, func.count().filter(followed), func.count())
        .select_from(AssistanceAdvice)
        .join(Assistance, Assistance.id == AssistanceAdvice.assistance_id)
        .where(settled, *_within(asked, Assistance.made_at))
        .group_by(Assistance.jurisdiction)
    )
    return {place: (part, whole) for place, part, whole in asked.session.execute(wanted)}


def helped_after_a_while(asked: Asked) -> Shares:
    """Of the help that began in the period, was given, and of which those who were helped have
    said, when they were asked so many days later, whether it helped: where they said yes, and all
    of it. Silence is left out of both and shown beside."""
    said = and_(Assistance.ended == HelpEnd.DONE, Assistance.helped.is_not(None))
    return _shares(asked, said, Assistance.helped == Helped.YES)


def silent(asked: Asked) -> ByPlace:
    """Help that began in the period and was given, whose day for asking whether it helped has
    come, and of which nobody has said it."""
    today = _today(asked)
    waits = and_(Assistance.ended == HelpEnd.DONE, Assistance.helped.is_(None))
    found = _shares(asked, and_(waits, Assistance.ask_on <= today), Assistance.helped.is_(None))
    return {place: whole for place, (_part, whole) in found.items()}


def repeated_after_help(asked: Asked) -> Shares:
    """Of the help that began in the period, was given to a unit and came to its end so many days
    ago as the preset says (90): after how much of it a case of that unit was opened within these
    days and found true, and all of it. What was found while helping is none of these cases; nor is
    what the unit found itself. It counts; it does not say that the help was no use."""
    days = asked.preset.limits.windows.get(REPEAT_DAYS)
    if days is None:
        return {}
    span = timedelta(days=days)
    given = and_(
        Assistance.ended == HelpEnd.DONE,
        Assistance.unit_id.is_not(None),
        Assistance.ended_at <= asked.now - span,
    )
    again = (
        select(Case.id)
        .where(
            Case.unit_id == Assistance.unit_id,
            Case.opened_at > Assistance.ended_at,
            Case.opened_at <= Assistance.ended_at + span,
            Case.finding.in_((Finding.TRUE, Finding.PARTLY)),
            Case.source.not_in((Source.HELP, Source.SELF_INSPECTION)),
        )
        .correlate(Assistance)
        .exists()
    )
    return _shares(asked, given, again)


def _within(asked: Asked, moment: InstrumentedAttribute[Any]) -> tuple[ColumnElement[bool], ...]:
    period = asked.scope.period
    return moment >= period.start, moment < period.end


def _today(asked: Asked) -> date:
    return asked.now.astimezone(asked.preset.limits.zone).date()


def _made(asked: Asked, origin: Origin) -> ByPlace:
    wanted = (
        select(Assistance.jurisdiction, func.count())
        .where(Assistance.origin == origin, *_within(asked, Assistance.made_at))
        .group_by(Assistance.jurisdiction)
    )
    return {place: count for place, count in asked.session.execute(wanted)}


def _shares(asked: Asked, of: ColumnElement[bool], part: ColumnElement[bool]) -> Shares:
    wanted = (
        select(Assistance.jurisdiction, func.count().filter(part), func.count())
        .where(of, *_within(asked, Assistance.made_at))
        .group_by(Assistance.jurisdiction)
    )
    return {place: (some, whole) for place, some, whole in asked.session.execute(wanted)}


@dataclass(frozen=True, slots=True)
class Side:
    """One column: its name, the function whose docstring defines it, and the list behind it."""

    id: str
    name: Any
    function: Any
    #: The filter of the list of help; None: there is no list.
    behind: Mapping[str, str] | None = None
    is_share: bool = False


SIDES: Sequence[Side] = (
    Side("steps_ordered", _l("Disciplinary steps ordered"), steps_ordered),
    Side("help_asked", _l("Help asked for"), help_asked, {"state": "all", "origin": "asked"}),
    Side("help_offered", _l("Help offered"), help_offered, {"state": "all", "origin": "offered"}),
    Side(
        "answered_in_time",
        _l("Answered in time"),
        answered_in_time,
        is_share=True,
    ),
    Side("advice_followed", _l("Advice followed"), advice_followed, is_share=True),
    Side(
        "helped_after_a_while",
        _l("It helped, say those who were helped"),
        helped_after_a_while,
        is_share=True,
    ),
    Side("silent", _l("Nobody has said it"), silent),
    Side("repeated_after_help", _l("A true case after help"), repeated_after_help, is_share=True),
)


def both_sides(asked: Asked) -> Mapping[str | None, Mapping[str, int | tuple[int, int]]]:
    """Return for each district, and for none settled, every column; of one district if the scope
    names one."""
    found = {side.id: side.function(asked) for side in SIDES}
    only = asked.scope.jurisdiction
    places: list[str | None] = [only] if only else [*asked.preset.taxonomy.jurisdictions, None]
    return {
        place: {
            side.id: found[side.id].get(place, (0, 0) if side.is_share else 0) for side in SIDES
        }
        for place in places
    }
