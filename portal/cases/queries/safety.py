"""When a reporter is asked whether reporting brought harm, and what became of a yes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.presets.kinds import Preset
from portal.reports.models import Report, SafetyAnswer

RETALIATION = "retaliation"
#: The limit whose days lie before the first question, and the window before the second.
FIRST, AGAIN = "retaliation_check", "retaliation_again_days"


def question_of(session: Session, report: Report, preset: Preset, *, now: datetime) -> int | None:
    """Return which question is open: the days after the answer from which it is asked; else None.

    Who withdrew is asked too, counted from then. A question that was never answered gives way to
    the later one; an answered one is not asked again.
    """
    began = report.answered_at or report.withdrawn_at
    if began is None or RETALIATION not in preset.taxonomy.report_kinds:
        return None
    zone = preset.limits.zone
    passed = now.astimezone(zone).date() - began.astimezone(zone).date()
    limit, again = preset.limits.limits.get(FIRST), preset.limits.windows.get(AGAIN)
    days = [limit.value if limit else None, again]
    due = [one for one in days if one is not None and passed >= timedelta(days=one)]
    if not due:
        return None
    answered = {one.asked_after for one in safety_answers(session, report)}
    return None if due[-1] in answered else due[-1]


def safety_answers(session: Session, report: Report) -> Sequence[SafetyAnswer]:
    """Return what the reporter answered so far, in order."""
    wanted = select(SafetyAnswer).where(SafetyAnswer.report_id == report.id)
    return session.scalars(wanted.order_by(SafetyAnswer.asked_after)).all()
