"""Of a major hazard: how people are kept safe until it is put right.

Measures, responsibility and time limit are fields of every task. Funds, contingency plan and the
interim protection make the five whole; the protection has a clock of its own.
"""

from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.changes import Changes, Lack, NewId, Row, TextOf, Words
from portal.cases.lifecycle.endings import link_use, who_acts
from portal.cases.lifecycle.facts import Facts
from portal.cases.lifecycle.guards import blank, no_link_to
from portal.history.kinds import TextKind


def needs_interim(facts: Facts, command: c.ReportInterim) -> Lack | None:
    item = facts.item(command.item_id)
    if item is None or item.task_book_id != facts.actor.task_book_id:
        return Lack("item_missing", "item_id")
    if no_link_to(facts, item.task_book_id):
        return Lack("link_revoked")
    if not item.interim_waits:
        return Lack("no_interim", "item_id")
    if blank(command.name):
        return Lack("name_missing", "name")
    if blank(command.post):
        return Lack("post_missing", "post")
    if blank(command.statement) and not command.files:
        return Lack("evidence_missing", "statement")
    return None


def report_interim(facts: Facts, command: c.ReportInterim, new_id: NewId) -> Changes:
    item = next(one for one in facts.live_items if one.id == command.item_id)
    words = [who_acts(command.name, command.post)]
    said = command.statement.strip()
    if said:
        words.append(Words("statement", TextKind.STATEMENT, said))
    return Changes(
        words=words,
        rows=[
            Row(
                "task_items",
                item.id,
                {
                    "interim_at": facts.now,
                    "interim_by_text_id": TextOf("who"),
                    "interim_said_text_id": TextOf("statement") if said else None,
                },
                is_new=False,
            ),
            link_use(facts, item.task_book_id, "protected", new_id),
        ],
        facts={"item": item.id, "files": list(command.files)},
    )
