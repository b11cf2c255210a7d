"""More time: how far the time of a clock can still be extended, who asks and who decides.

The preset's limit says how much and how often. What was late stays late: neither asking nor
granting is possible once the time is over.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from portal.access.kinds import Role
from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.changes import Changes, Lack, NewId, Row, TextOf, Words
from portal.cases.lifecycle.endings import link_use, who_acts
from portal.cases.lifecycle.facts import ExtensionFacts, Facts, ItemFacts, Stretch
from portal.cases.lifecycle.guards import blank, no_link_to
from portal.clocks.days import add_months, days_of
from portal.clocks.reading import CASE, ITEM, Reading
from portal.history.kinds import TextKind
from portal.presets.kinds import Calendar, Limit, TimeUnit
from portal.taskbooks.kinds import ItemState

#: The clock of the case whose time can be extended.
OF_CASE = "handling_total"


def stretches(readings: Sequence[Reading], calendar: Calendar) -> dict[str, Stretch]:
    """Return how far each running clock that can be extended still can."""
    found = {}
    for reading in readings:
        can = (reading.kind, reading.subject == CASE) in ((ITEM, False), (OF_CASE, True))
        if can and reading.is_open and reading.due is not None and reading.limit is not None:
            # A task's next round is the same task: what was granted before counts.
            rounds = [r for r in readings if (r.kind, r.subject) == (ITEM, reading.subject)]
            given = sum(len(one.extensions) for one in rounds or [reading])
            found[reading.subject] = _stretch(reading, reading.limit, given, calendar)
    return found


def _stretch(reading: Reading, limit: Limit, given: int, calendar: Calendar) -> Stretch:
    assert reading.due is not None  # noqa: S101  the caller has seen to it
    cap, last_day = limit.extension, reading.due.last_day
    units = cap.value if cap is not None and given < cap.times else 0
    latest = _later(last_day, units, limit.unit, calendar)
    if limit.most is not None and latest is not None and reading.due.start_day is not None:
        latest = min(latest, reading.due.start_day + timedelta(days=limit.most))
    return Stretch(due_at=reading.due_at, last_day=last_day, units=units, latest=latest)


def _later(day: date, units: int, unit: TimeUnit, calendar: Calendar) -> date | None:
    """Return the day so many units on; None for units of less than a day."""
    if unit is TimeUnit.CALENDAR_DAY:
        return day + timedelta(days=units)
    if unit is TimeUnit.WORKING_DAY:
        return days_of(calendar).after(day, units)
    return add_months(day, units) if unit is TimeUnit.MONTH else None


def _subject(item_id: UUID | None) -> str:
    return str(item_id) if item_id else CASE


def why_not(facts: Facts, item_id: UUID | None) -> Lack | None:
    """Say why more time can't be given any more, for a task or (None) for concluding."""
    stretch = facts.stretches.get(_subject(item_id))
    if stretch is None:
        return Lack("extension_none", "item_id")
    if stretch.due_at is None:
        return Lack("extension_paused", "item_id")
    if facts.read_at > stretch.due_at:
        return Lack("extension_late", "item_id", {"due": stretch.last_day})
    return Lack("extension_used", "item_id") if stretch.units <= 0 else None


def why_not_ask(facts: Facts, item_id: UUID | None) -> Lack | None:
    """Say why nobody can ask for more time for it now."""
    if any(one.item_id == item_id for one in facts.extensions):
        return Lack("extension_pending", "item_id")
    return why_not(facts, item_id)


def _own_items(facts: Facts) -> list[ItemFacts]:
    return [
        item
        for item in facts.live_items
        if item.task_book_id == facts.actor.task_book_id and item.state is ItemState.WITH_UNIT
    ]


def open_ask_extension(facts: Facts) -> Lack | None:
    if facts.actor.role is not Role.UNIT:
        return why_not_ask(facts, None)
    lacks = [why_not_ask(facts, item.id) for item in _own_items(facts)]
    return None if None in lacks else (lacks or [Lack("item_not_with_unit")])[0]


def needs_ask_extension(facts: Facts, command: c.AskExtension) -> Lack | None:
    if facts.actor.role is Role.UNIT:
        item = next((one for one in _own_items(facts) if one.id == command.item_id), None)
        if item is None:
            return Lack("item_not_with_unit", "item_id")
        if no_link_to(facts, item.task_book_id):
            return Lack("link_revoked")
    elif command.item_id is not None:
        # A task's time is the unit's to ask for.
        return Lack("not_yours", "item_id")
    lack = why_not_ask(facts, command.item_id) or _beyond(facts, command.item_id, command)
    if lack is not None:
        return lack
    if blank(command.reason):
        return Lack("reason_missing", "reason")
    if blank(command.plan):
        return Lack("plan_missing", "plan")
    if facts.actor.role is Role.UNIT:
        if blank(command.name):
            return Lack("name_missing", "name")
        return Lack("post_missing", "post") if blank(command.post) else None
    return None


def _beyond(
    facts: Facts, item_id: UUID | None, command: c.AskExtension | c.DecideExtension
) -> Lack | None:
    """Say what is wrong with how much more time is named."""
    stretch = facts.stretches[_subject(item_id)]
    if item_id is None:
        good = command.days is not None and 1 <= command.days <= stretch.units
        return None if good else Lack("extension_days", "days", {"days": stretch.units})
    if command.new_due_on is None or command.new_due_on <= stretch.last_day:
        return Lack("extension_not_later", "new_due_on", {"due": stretch.last_day})
    if stretch.latest is None or command.new_due_on > stretch.latest:
        return Lack("extension_too_long", "new_due_on", {"due": stretch.latest})
    return None


def open_decide_extension(facts: Facts) -> Lack | None:
    if not facts.extensions:
        return Lack("no_extension")
    if all(_is_own(facts, one) for one in facts.extensions):
        return Lack("own_request")
    return None


def _is_own(facts: Facts, asked: ExtensionFacts) -> bool:
    return asked.asked_by is not None and asked.asked_by == facts.actor.person_id


def _asked(facts: Facts, command: c.DecideExtension) -> ExtensionFacts | None:
    return next((one for one in facts.extensions if one.id == command.extension_id), None)


def needs_decide_extension(facts: Facts, command: c.DecideExtension) -> Lack | None:
    asked = _asked(facts, command)
    if asked is None:
        return Lack("no_extension", "extension_id")
    if _is_own(facts, asked):
        return Lack("own_request", "extension_id")
    if command.granted:
        # Asked in time and not decided in time: the time is over all the same.
        lack = why_not(facts, asked.item_id)
        if lack is not None:
            return Lack(lack.reason, "granted", lack.values)
        lack = _beyond(facts, asked.item_id, command)
        if lack is not None:
            return lack
    return Lack("reason_missing", "reason") if blank(command.reason) else None


def ask_extension(facts: Facts, command: c.AskExtension, new_id: NewId) -> Changes:
    asked, is_unit = new_id(), facts.actor.role is Role.UNIT
    # The unit reads its own words again; a member's are for the lead.
    kind = TextKind.STATEMENT if is_unit else TextKind.REASON
    words = [Words("reason", kind, command.reason.strip())]
    words.append(Words("plan", kind, command.plan.strip()))
    rows = [
        Row(
            "extensions",
            asked,
            {
                "item_id": command.item_id,
                "asked_at": facts.now,
                "asked_by": facts.actor.person_id,
                "who_text_id": TextOf("who") if is_unit else None,
                "reason_text_id": TextOf("reason"),
                "plan_text_id": TextOf("plan"),
                "wanted_on": command.new_due_on if is_unit else None,
                "wanted_days": None if is_unit else command.days,
                "granted": None,
                "granted_on": None,
                "granted_days": None,
                "decided_at": None,
                "ruling_text_id": None,
            },
        )
    ]
    more: dict[str, object] = {"value": command.days}
    if is_unit:
        words.append(who_acts(command.name, command.post))
        book = next(one.task_book_id for one in facts.live_items if one.id == command.item_id)
        rows.append(link_use(facts, book, "asked", new_id))
        more = {"item": command.item_id, "new_due_on": command.new_due_on}
    return Changes(words=words, rows=rows, facts={"extension": asked, **more})


def decide_extension(facts: Facts, command: c.DecideExtension, new_id: NewId) -> Changes:
    asked = _asked(facts, command)
    assert asked is not None  # noqa: S101  needs_decide_extension has seen to it
    is_item = asked.item_id is not None
    until = command.new_due_on if command.granted and is_item else None
    days = command.days if command.granted and not is_item else None
    rows = [
        Row(
            "extensions",
            asked.id,
            {
                "granted": command.granted,
                "granted_on": until,
                "granted_days": days,
                "decided_at": facts.now,
                "ruling_text_id": TextOf("reason"),
            },
            is_new=False,
        )
    ]
    if asked.item_id is not None and until is not None:
        rows.append(Row("task_items", asked.item_id, {"due_on": until}, is_new=False))
    more: dict[str, object] = (
        {"item": asked.item_id, "new_due_on": until} if is_item else {"value": days}
    )
    # The unit reads the ruling on its own task, the reporter that on the time for the answer.
    kind = TextKind.OPINION if is_item else TextKind.REASON
    return Changes(
        words=[Words("reason", kind, command.reason.strip())],
        rows=rows,
        facts={"extension": asked.id, "granted": command.granted, **more},
    )
