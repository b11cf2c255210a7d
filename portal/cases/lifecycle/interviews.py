"""Interviews: their guards and effects, and whether what was promised in one was kept.

The record holds apart what the form of the field asks for: who, where, matter and facts, the legal
basis, what the person said to it, and what is demanded.
"""

from portal.cases.lifecycle import step_commands as s
from portal.cases.lifecycle.changes import Changes, Lack, NewId, Row, TextOf, Words
from portal.cases.lifecycle.effects import reason as words_of
from portal.cases.lifecycle.effects import with_override
from portal.cases.lifecycle.facts import Facts
from portal.cases.lifecycle.guards import LONGEST_AHEAD, blank
from portal.cases.lifecycle.ladder import about, talks
from portal.discipline.kinds import Commitment
from portal.history.kinds import TextKind


def open_hold(facts: Facts) -> Lack | None:
    return None if talks(facts) else Lack("no_interview")


#: What the record of an interview holds, with the reason why not without it.
RECORD = {
    "place": "where_missing",
    "people": "people_missing",
    "record": "record_missing",
    "basis": "basis_missing",
    "statement": "said_missing",
    "demands": "demands_missing",
}


def needs_interview(facts: Facts, command: s.HoldInterview) -> Lack | None:
    step = next((one for one in talks(facts) if one.id == command.step_id), None)
    if step is None or step.ordered_at is None:
        return Lack("step_missing", "step_id")
    # A form knows minutes, no seconds.
    ordered = step.ordered_at.replace(second=0, microsecond=0)
    if command.held_at is None or not ordered <= command.held_at <= facts.now:
        return Lack("held_wrong", "held_at")
    if command.until_at is None or not command.held_at <= command.until_at <= facts.now:
        return Lack("held_wrong", "until_at")
    for field, code in RECORD.items():
        if blank(getattr(command, field)):
            return Lack(code, field)
    held_on = command.held_at.astimezone(facts.ladder.zone).date()
    for number, promised in enumerate(command.commitments, start=1):
        where: dict[str, object] = {"number": number}
        if blank(promised.words):
            return Lack("commitment_words_missing", f"commitments-{number - 1}-words", where)
        latest = held_on + LONGEST_AHEAD
        if promised.due_on is None or not held_on <= promised.due_on <= latest:
            return Lack("commitment_due_missing", f"commitments-{number - 1}-due_on", where)
    return None


def open_settle(facts: Facts) -> Lack | None:
    waiting = any(one.state is Commitment.OPEN for one in facts.ladder.commitments)
    return None if waiting else Lack("no_commitment")


def needs_settling(facts: Facts, command: s.SettleCommitment) -> Lack | None:
    open_ = {one.id for one in facts.ladder.commitments if one.state is Commitment.OPEN}
    if command.commitment_id not in open_:
        return Lack("commitment_missing", "commitment_id")
    if command.kept is None:
        return Lack("kept_missing", "kept")
    return Lack("reason_missing", "reason") if blank(command.reason) else None


def hold(facts: Facts, command: s.HoldInterview, new_id: NewId) -> Changes:
    step = facts.ladder.step(command.step_id)
    assert step is not None  # noqa: S101
    words = [
        Words("place", TextKind.REASON, command.place.strip()),
        Words("people", TextKind.WHO, command.people.strip()),
        Words("record", TextKind.STATEMENT, command.record.strip()),
        Words("basis", TextKind.REASON, command.basis.strip()),
        Words("statement", TextKind.STATEMENT, command.statement.strip()),
        Words("demands", TextKind.TASK, command.demands.strip()),
    ]
    talk = {
        "step_id": step.id,
        "held_at": command.held_at,
        "until_at": command.until_at,
        "place_text_id": TextOf("place"),
        "people_text_id": TextOf("people"),
        "record_text_id": TextOf("record"),
        "basis_text_id": TextOf("basis"),
        "statement_text_id": TextOf("statement"),
        "demands_text_id": TextOf("demands"),
        "signed": command.signed,
        "recorded_at": facts.now,
        "recorded_by": facts.actor.person_id,
    }
    rows = [Row("interviews", new_id(), talk)]
    told = []
    for number, promised in enumerate(command.commitments, start=1):
        key = f"commitment-{number}"
        words.append(Words(key, TextKind.TASK, promised.words.strip()))
        row = {
            "step_id": step.id,
            "number": number,
            "text_id": TextOf(key),
            "due_on": promised.due_on,
            "state": Commitment.OPEN,
            **{name: None for name in ("settled_at", "settled_by", "settled_text_id")},
        }
        rows.append(Row("commitments", new_id(), row))
        told.append({"id": rows[-1].id, "due_on": promised.due_on})
    return Changes(
        words=with_override(command, words),
        rows=rows,
        facts=about(step) | {"commitments": len(command.commitments), "promised": told},
    )


def settle(facts: Facts, command: s.SettleCommitment, new_id: NewId) -> Changes:
    found = next(one for one in facts.ladder.commitments if one.id == command.commitment_id)
    row = {
        "state": Commitment.KEPT if command.kept else Commitment.BROKEN,
        "settled_at": facts.now,
        "settled_by": facts.actor.person_id,
        "settled_text_id": TextOf("reason"),
    }
    return Changes(
        words=words_of(command.reason),
        rows=[Row("commitments", found.id, row, is_new=False)],
        facts={"step": found.step_id, "commitment": found.id, "kept": command.kept},
    )
