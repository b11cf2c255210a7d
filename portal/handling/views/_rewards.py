"""The rewards of a case as its page shows them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.cases.queries import Sheet
from portal.handling.views._opened import Opened
from portal.rewards.kinds import RewardEnd, RewardState
from portal.web.filters import day, day_part, number, short_time
from portal.web.rewards import arithmetic

TAGS = {
    RewardState.PROPOSED: "warn",
    RewardState.SIGNED_ONCE: "warn",
    RewardState.OFFERED: "info",
    RewardState.CLAIMED: "ok",
    RewardState.LAPSED: None,
    RewardState.ENDED: None,
}


def of_case(here: Opened, sheet: Sheet) -> list[dict[str, Any]]:
    """Return each reward with its arithmetic, its signatures and what became of it."""
    return [_reward(row, here, sheet) for row in sheet.rewards]


def _reward(row: Any, here: Opened, sheet: Sheet) -> dict[str, Any]:
    rule = here.preset.rewards.rule(row.rule)
    listed = here.preset.rewards.not_rewarded.get(row.why_not or "")
    is_denied = row.ended is RewardEnd.DENIED
    return {
        "amount": number(row.amount) if row.amount else "",
        "state": row.ended.label if row.ended else row.state.label,
        "tag": TAGS[row.state],
        "who": _who(row, sheet),
        "rule": rule.name.in_language(here.language) if rule else row.rule or "",
        "steps": arithmetic(sheet.reckoned.get(row.id)),
        "report": _report(row.report_id, sheet),
        "left_out": _left_out(row, sheet),
        "why_not": (listed.in_language(here.language) if listed else row.why_not or ""),
        "words": sheet.text(row.reason_text_id),
        "until": day(row.claim_until, year=True) if row.claim_until else "",
        "end_words": sheet.text(row.end_text_id),
        "ended": "" if is_denied else _by(row.ended_at, row.ended_by, sheet),
    }


def _who(row: Any, sheet: Sheet) -> list[str]:
    if row.ended is RewardEnd.DENIED:
        return [_("Decided: %(who)s", who=_by(row.proposed_at, row.proposed_by, sheet))]
    told = [_("Proposed: %(who)s", who=_by(row.proposed_at, row.proposed_by, sheet))]
    if row.approved_at:
        signed = _by(row.approved_at, row.approved_by, sheet)
        told.append(_("First signature: %(who)s", who=signed))
    if row.confirmed_at:
        signed = _by(row.confirmed_at, row.confirmed_by, sheet)
        told.append(_("Second signature: %(who)s", who=signed))
    return told


def _by(at: datetime | None, person: UUID | None, sheet: Sheet) -> str:
    return f"{sheet.people.get(person, '')} · {short_time(at)}" if at and person else ""


def _report(report_id: UUID, sheet: Sheet) -> str:
    found = next((one for one in sheet.reports if one.id == report_id), None)
    if found is None:
        return str(_("A report that is handled elsewhere now"))
    return str(_("The report of %(when)s", when=day_part(found.filed_at)))


def _left_out(row: Any, sheet: Sheet) -> str:
    """Return how many reports of the case were not in question."""
    count = len([one for one in sheet.reports if one.id not in row.among]) if row.rule else 0
    if not count:
        return ""
    said = ngettext(
        "%(num)s report of this case was not in question",
        "%(num)s reports of this case were not in question",
        count,
    )
    return str(said)
