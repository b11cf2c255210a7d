"""What a task lacks whose hazard was decided to be major after the task had gone out.

Measures, responsibility and time limit are fields of every task; of a major hazard what will show
it, funds, contingency plan and interim protection come besides. A task that went out before is
made whole by a move of its own: what it holds already is never written over.
"""

from typing import Any

from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.changes import Changes, Lack, NewId, Row, TextOf, Words
from portal.cases.lifecycle.effects import with_override
from portal.cases.lifecycle.facts import Facts, ItemFacts
from portal.cases.lifecycle.guards import OF_MAJOR, blank
from portal.history.kinds import TextKind

#: Where a task keeps what the field of the command says.
COLUMNS = {
    "evidence_asked": "evidence_text_id",
    "funds": "funds_text_id",
    "contingency": "contingency_text_id",
    "interim": "interim_text_id",
}


def incomplete(facts: Facts) -> list[ItemFacts]:
    """Return the tasks with the unit that lack something which a major hazard demands."""
    return [item for item in facts.live_items if item.lacks]


def open_supplement(facts: Facts) -> Lack | None:
    return None if incomplete(facts) else Lack("nothing_lacking")


def needs_supplement(facts: Facts, command: c.SupplementTask) -> Lack | None:
    item = next((one for one in incomplete(facts) if one.id == command.item_id), None)
    if item is None:
        return Lack("item_missing", "item_id")
    where: dict[str, object] = {"number": item.number}
    for name in item.lacks:
        if blank(getattr(command, name)):
            return Lack(OF_MAJOR[name], name, where)
    return None


def supplement(facts: Facts, command: c.SupplementTask, new_id: NewId) -> Changes:
    item = next(one for one in incomplete(facts) if one.id == command.item_id)
    words = [Words(name, TextKind.TASK, getattr(command, name).strip()) for name in item.lacks]
    told: dict[str, Any] = {"item": item.id}
    if "interim" in item.lacks:
        told["interim"] = True
    values = {COLUMNS[name]: TextOf(name) for name in item.lacks}
    return Changes(
        words=with_override(command, words),
        rows=[Row("task_items", item.id, values, is_new=False)],
        facts=told,
    )
