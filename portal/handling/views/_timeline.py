"""The events of a case as sentences: every kind has one, in the reader's language."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.access.kinds import Role
from portal.accounts.queries import GroupFacts
from portal.cases.kinds import (
    OFFICE_SAID,
    Finding,
    Resolution,
    Source,
    finding_words,
    resolution_words,
)
from portal.cases.queries import Named, Sheet
from portal.discipline.kinds import Commitment, End
from portal.history.kinds import EventKind
from portal.history.queries import Recorded
from portal.inspections.kinds import Level
from portal.presets.kinds import Preset
from portal.rewards.kinds import RewardEnd
from portal.web.filters import day_part, number, short_day, short_time
from portal.web.marks import category_name, clock_name

#: Whoever acts is named beside the sentence, so that no sentence needs a person.
EVENTS = {
    EventKind.FILED: _l("Report received"),
    EventKind.OPENED: _l("Case opened"),
    EventKind.IMPORTED: _l("Imported"),
    EventKind.ACCEPTED: _l("Accepted as %(category)s"),
    EventKind.DISPATCHED: _l("Dispatched to %(group)s"),
    EventKind.REFUSED: _l("Not taken on: %(reason)s"),
    EventKind.TRANSFERRED_OUT: _l("Transferred to %(office)s"),
    EventKind.ACCIDENT_REFERRED: _l("Referred as an accident to %(office)s"),
    EventKind.OFFICE_REPLIED: _l("The other office replied: %(said)s"),
    EventKind.MERGED: _l("Merged into %(other)s"),
    EventKind.SPLIT: _l("Split: %(other)s"),
    EventKind.WITHDRAWN: _l("The reporter withdrew the report"),
    EventKind.SIGNED_FOR: _l("Signed for"),
    EventKind.TAKEN_BACK: _l("Dispatch taken back"),
    EventKind.RETURNED: _l("Returned to the desk"),
    EventKind.RETURN_ASKED: _l("Return asked for"),
    EventKind.RETURN_DECIDED: _l("Return decided: %(ruling)s"),
    EventKind.REASSIGNED: _l("Reassigned to %(group)s"),
    EventKind.HANDLER_ASSIGNED: _l("Handler: %(handler)s"),
    EventKind.INSPECTED: _l("Visited on %(day)s; hazards found: %(hazards)s"),
    EventKind.LEVEL_DECIDED: _l("Level decided: %(level)s"),
    EventKind.RISK_ASSESSED: _l("Risk assessed: %(colour)s"),
    EventKind.TASK_BOOK_ISSUED: _l("Task book issued; tasks: %(items)s"),
    EventKind.TASK_BOOK_SIGNED: _l("The unit signed for the task book"),
    EventKind.ITEM_REPORTED: _l("The unit reported a task done"),
    EventKind.ITEM_WITHDRAWN: _l("Task withdrawn"),
    EventKind.INTERIM_REPORTED: _l("The unit says that the interim protection stands"),
    EventKind.TASK_SUPPLEMENTED: _l("A task was completed: its hazard is major now"),
    EventKind.EXTENSION_ASKED: _l("More time asked for a task: until %(day)s"),
    EventKind.EXTENSION_DECIDED: _l("More time for a task granted until %(day)s"),
    EventKind.CHECK_SIGNED: _l("First signature for the check of a major hazard"),
    EventKind.REVIEW_PASSED: _l("Check passed"),
    EventKind.REVIEW_FAILED: _l("Check failed; new date %(day)s"),
    EventKind.VERIFIED: _l("Settled: %(finding)s"),
    EventKind.CONCLUDED: _l("Concluded: the reporter has the answer"),
    EventKind.CLOSED: _l("%(resolution)s"),
    EventKind.OBJECTED: _l("Objection received"),
    EventKind.OBJECTION_DECIDED: _l("Objection decided: %(ruling)s"),
    EventKind.REOPENED: _l("Reopened"),
    EventKind.PAUSED: _l("Clocks paused: %(reason)s"),
    EventKind.RESUMED: _l("Clocks resumed"),
    EventKind.ASKED: _l("Question sent"),
    EventKind.ANSWERED: _l("Answer sent"),
    EventKind.EVIDENCE_ADDED: _l("Evidence added: %(files)s"),
    EventKind.FILES_RELEASED: _l("Pictures shown to the reporter"),
    EventKind.RATED: _l("The reporter rated how it was handled"),
    EventKind.NOTED: _l("Note written"),
    EventKind.RECUSED: _l("Stepped back from the case"),
    EventKind.SET_ASIDE: _l("Set aside until %(day)s"),
    EventKind.LANE_CHANGED: _l("Brought up from the slow lane"),
    EventKind.LINK_REVOKED: _l("The unit’s link was withdrawn"),
    EventKind.STEP_PROPOSED: _l("Step of the ladder proposed: %(rung)s"),
    EventKind.STEP_ORDERED: _l("Step of the ladder ordered: %(rung)s"),
    EventKind.STEP_ANSWERED: _l("The addressee answered: %(rung)s"),
    EventKind.STEP_ENDED: _l("Step of the ladder ended: %(rung)s (%(end)s)"),
    EventKind.STEP_LINK_REVOKED: _l("The addressee’s link was withdrawn"),
    EventKind.INTERVIEW_HELD: _l("Interview held"),
    EventKind.COMMITMENT_SETTLED: _l("Commitment: %(kept)s"),
    EventKind.EVIDENCE_TAKEN: _l("Evidence downloaded: %(form)s"),
    EventKind.WORK_ACCEPTED: _l("Another body accepted the work on a listed hazard"),
    EventKind.DELISTING_ASKED: _l("Striking a hazard off the list was asked for"),
    EventKind.DELISTING_DECIDED: _l("The hazard was struck off the list for supervision"),
    EventKind.REWARD_PROPOSED: _l("Reward proposed: %(amount)s yuan"),
    EventKind.REWARD_APPROVED: _l("Signed for a reward of %(amount)s yuan: %(signed)s"),
    EventKind.REWARD_ENDED: _l("Reward: %(end)s"),
    EventKind.REWARD_DENIED: _l("No reward: %(why_not)s"),
    EventKind.REWARD_CLAIMED: _l("The reporter claimed the reward"),
    EventKind.REWARD_LAPSED: _l("The reward was not claimed in time"),
    EventKind.REWARD_PAID: _l("Reward paid"),
    EventKind.VOUCHER_REUSED: _l("The code of a paid reward was shown again"),
    EventKind.BREACHED: _l("Time ran out: %(clock)s"),
    EventKind.PRESET_LOADED: _l("Rules loaded"),
    EventKind.PEOPLE_CHANGED: _l("People changed"),
    EventKind.SAFETY_TOLD: _l("A reporter said whether reporting brought harm"),
    EventKind.UNIT_CHANGED: _l("Unit changed"),
    EventKind.PLAN_CHANGED: _l("Plan of inspections changed"),
    EventKind.HELP_CHANGED: _l("Help changed"),
    EventKind.LESSON_CHANGED: _l("Lesson changed"),
    EventKind.SELF_INSPECTION_CHANGED: _l("Self-inspection of a unit changed"),
    EventKind.DECLARED: _l("A unit declared a month"),
    EventKind.DECLARATION_NEAR: _l("A unit was reminded of a month to declare"),
    EventKind.DECLARATION_LATE: _l("A unit was told that a month is late"),
    EventKind.INSIDE_WAITING: _l("A unit was told that an inside report waits"),
    EventKind.INSIDE_LATE: _l("A unit was told that an inside report is late"),
    EventKind.KEY_CHANGED: _l("Keys changed"),
    EventKind.ALARM_RAISED: _l("Alarm raised: many reports at once"),
    EventKind.ALARM_ENDED: _l("Alarm ended"),
}
HANDED_OVER = _l("Handed over to %(handler)s: the handler before leaves the group")
#: Sentences of the same kind where the event says otherwise.
MERGED_HERE = _l("Merged in: %(other)s")
#: By whether it is about a task, and whether it was granted; None: not decided yet.
MORE_TIME = {
    (False, None): _l("More time asked for concluding; days: %(value)s"),
    (False, True): _l("More time for concluding granted; days: %(value)s"),
    (False, False): _l("More time for concluding refused"),
    (True, False): _l("More time for a task refused"),
}
#: Of a listed hazard, where it did not go through.
NOT_THROUGH = {
    "accepted": _l("Another body did not accept the work on a listed hazard"),
    "delisted": _l("The hazard stays on the list for supervision"),
}
PUT_BEHIND = _l("Put into the slow lane")
BROUGHT_BACK = _l("Brought back to the list")
BY_REPORTER = {
    EventKind.ASKED: _l("Message from the reporter"),
    EventKind.ANSWERED: _l("Message from the reporter"),
    EventKind.EVIDENCE_ADDED: _l("Evidence from the reporter: %(files)s"),
}
COLOURS = {
    "red": _l("Red · severe risk"),
    "orange": _l("Orange · high risk"),
    "yellow": _l("Yellow · moderate risk"),
    "blue": _l("Blue · low risk"),
}
ROLES = {Role.REPORTER: _l("Reporter"), Role.UNIT: _l("Unit"), Role.SYSTEM: _l("Portal")}
#: Words of an event that the timeline quotes; longer ones stand in the sections of the page.
QUOTED = (
    *("reason", "override", "handover", "note", "part", "opinion", "objection", "statement"),
    *("reply", "plan", "criterion", "experts"),
    *("proof", "published", "body", "people"),
)


def timeline(
    sheet: Sheet,
    groups: Mapping[UUID, GroupFacts],
    preset: Preset,
    language: str,
    sealed: frozenset[int],
) -> list[dict[str, Any]]:
    """Return the parameters of `portal_timeline`, the newest first."""
    return [
        {
            "title": sentence(event, sheet, groups, preset, language),
            "text": quoted(event, sheet),
            "when": _("%(who)s · %(when)s", who=who(event, sheet), when=when(event)),
            "seq": event.seq,
            "sealed": event.seq in sealed,
            "quiet": event.from_state == event.to_state,
        }
        for event in reversed(sheet.events)
    ]


def when(event: Recorded) -> str:
    """Return when it happened: half a day for what a reporter did, else the minute."""
    if event.role is Role.REPORTER:
        return day_part(event.at)
    return short_time(event.at)


def who(event: Recorded, sheet: Sheet) -> str:
    """Return who did it."""
    if event.account_id is not None:
        return sheet.accounts.get(event.account_id, "")
    return str(ROLES.get(event.role, ROLES[Role.SYSTEM]))


def quoted(event: Recorded, sheet: Sheet) -> str:
    """Return the words that came with the event, "" for none."""
    return "\n".join(words for key in QUOTED if (words := sheet.said(event, key)))


def sentence(
    event: Recorded,
    named: Named,
    groups: Mapping[UUID, GroupFacts],
    preset: Preset,
    language: str,
) -> str:
    """Return what happened, in one sentence."""
    payload = event.payload
    message = EVENTS[event.kind]
    if payload.get("left"):
        message = HANDED_OVER
    if event.role is Role.REPORTER:
        message = BY_REPORTER.get(event.kind, message)
    elif event.kind is EventKind.MERGED and "from" in payload:
        message = MERGED_HERE
    elif event.kind is EventKind.SET_ASIDE and not payload.get("until"):
        message = BROUGHT_BACK
    elif event.kind in (EventKind.EXTENSION_ASKED, EventKind.EXTENSION_DECIDED):
        message = MORE_TIME.get(("item" in payload, payload.get("granted")), message)
    elif failed := [name for name in NOT_THROUGH if payload.get(name) is False]:
        message = NOT_THROUGH[failed[0]]
    elif event.kind is EventKind.LANE_CHANGED and payload.get("slow"):
        message = PUT_BEHIND
    return str(message) % _values(payload, named, groups, preset, language)


def _source(named: Named) -> Source:
    """Return where the case came from, as far as it is at hand."""
    return named.case.source if isinstance(named, Sheet) else Source.REPORT


class _Values(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "—"


def _values(
    payload: Mapping[str, Any],
    named: Named,
    groups: Mapping[UUID, GroupFacts],
    preset: Preset,
    language: str,
) -> Mapping[str, Any]:
    taxonomy = preset.taxonomy
    found = _Values()
    if "category" in payload:
        found["category"] = category_name(payload["category"], preset, language) or "—"
    if "group" in payload:
        codes = {group.code: group.name(language) for group in groups.values()}
        found["group"] = codes.get(payload["group"], payload["group"] or "—")
    if payload.get("said") in OFFICE_SAID:
        found["said"] = str(OFFICE_SAID[payload["said"]])
    if (office := taxonomy.offices.get(payload.get("office", ""))) is not None:
        found["office"] = office.name.in_language(language)
    reason = str(payload.get("reason"))
    if reason in taxonomy.refusal_reasons:
        found["reason"] = taxonomy.refusal_reasons[reason].name.in_language(language)
    elif reason in preset.limits.pause.reasons:
        found["reason"] = preset.limits.pause.reasons[reason].in_language(language)
    for key in ("into", "from", "new_case", "back_to"):
        if value := payload.get(key):
            other = named.linked.get(UUID(value))
            found["other"] = other.number if other else "—"
    if handler := payload.get("handler"):
        found["handler"] = named.accounts.get(UUID(handler), "—")
    if "upheld" in payload:
        yes, no = _("granted"), _("not granted")
        if "objection" in payload:
            yes, no = _("upheld"), _("not upheld")
        found["ruling"] = yes if payload["upheld"] else no
    if payload.get("finding"):
        found["finding"] = finding_words(Finding(payload["finding"]), _source(named))
    if payload.get("resolution"):
        found["resolution"] = resolution_words(Resolution(payload["resolution"]), _source(named))
    if payload.get("colour"):
        found["colour"] = str(COLOURS[payload["colour"]])
    for key in ("visited_at", "new_due_on", "until"):
        if value := payload.get(key):
            found["day"] = short_day(_day(value))
    if payload.get("level"):
        found["level"] = Level(payload["level"]).label
    found["value"] = payload.get("value")
    found["hazards"] = payload.get("hazards", 0)
    files = payload.get("files", 0)
    found["files"] = len(files) if isinstance(files, list) else files
    found["items"] = len(payload.get("items", ()))
    found |= _on_the_ladder(payload, preset, language)
    found |= _of_a_reward(payload, preset, language)
    if clock := payload.get("clock"):
        found["clock"] = clock_name(clock, preset, language) or clock
    return found


def _on_the_ladder(payload: Mapping[str, Any], preset: Preset, language: str) -> Mapping[str, str]:
    found = {}
    if code := payload.get("rung"):
        rung = preset.ladder.rung(code)
        found["rung"] = rung.name.in_language(language) if rung else code
    if code := payload.get("end"):
        found["end"] = End(code).label
    if "whole" in payload:
        found["form"] = _("ZIP with events and files") if payload["whole"] else "PDF"
    if "kept" in payload:
        found["kept"] = (Commitment.KEPT if payload["kept"] else Commitment.BROKEN).label
    return found


def _of_a_reward(payload: Mapping[str, Any], preset: Preset, language: str) -> Mapping[str, str]:
    found = {}
    if payload.get("amount"):
        found["amount"] = number(payload["amount"])
    if "offered" in payload:
        found["signed"] = _("second signature") if payload["offered"] else _("first signature")
    if code := payload.get("reward_end"):
        found["end"] = RewardEnd(code).label
    if code := payload.get("why_not"):
        listed = preset.rewards.not_rewarded.get(code)
        found["why_not"] = listed.in_language(language) if listed else code
    return found


def _day(value: str) -> date | datetime:
    return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
