"""What recording a visit changes: the visit, its answers and signatures, the hazards found."""

from uuid import UUID

from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.changes import Changes, NewId, Row, TextOf, Words
from portal.cases.lifecycle.effects import with_override
from portal.cases.lifecycle.facts import Facts
from portal.history.kinds import TextKind
from portal.inspections.kinds import Level
from portal.inspections.lifecycle import Checked, Signature, failed, hazard_words
from portal.presets.checklist_kinds import Major


def inspect(facts: Facts, command: c.Inspect, new_id: NewId) -> Changes:
    visit, checked = command.inspection_id or new_id(), command.checked
    words = [Words("finding", TextKind.FINDING, command.finding.strip())]
    rows = [
        Row(
            "inspections",
            visit,
            {
                "visited_at": command.visited_at,
                "inspectors": sorted(command.inspectors),
                "finding_text_id": TextOf("finding"),
                "recorded_at": facts.now,
                "recorded_by": facts.actor.person_id,
                "checklist": checked.copy if checked else None,
            },
        )
    ]
    for answer in checked.answers if checked else ():
        said = "\n".join(part for part in (answer.place.strip(), answer.note.strip()) if part)
        if said:
            words.append(Words(f"item-{answer.item}", TextKind.FINDING, said))
        rows.append(
            Row(
                "inspection_answers",
                answer.id,
                {
                    "inspection_id": visit,
                    "item": answer.item,
                    "result": answer.result,
                    "text_id": TextOf(f"item-{answer.item}") if said else None,
                },
            )
        )
    for number, signature in enumerate(command.signatures):
        rows.append(signed(visit, number, signature, facts, words, new_id))
    first = max((hazard.number for hazard in facts.hazards), default=0) + 1
    hazards = [*(hazards_of(checked) if checked else ()), *command.hazards]
    for number, found in enumerate(hazards, start=first):
        key = f"hazard-{number}"
        words.append(Words(key, TextKind.HAZARD, found.description.strip()))
        rows.append(
            Row(
                "hazards",
                new_id(),
                {
                    "inspection_id": visit,
                    "number": number,
                    "text_id": TextOf(key),
                    "level": Level.GENERAL,
                    "on_spot": found.fixed_on_spot,
                    "episode": facts.case.reopen_count,
                    "colour": None,
                    "item": found.item or None,
                    "proposed_major": found.proposed_major,
                    "refuted_at": None,
                },
            )
        )
    return Changes(
        set={
            "inspected_at": facts.case.inspected_at or command.visited_at,
            "unit_id": command.unit_id or facts.case.unit_id,
        },
        rows=rows,
        words=with_override(command, words),
        facts={
            "visited_at": command.visited_at,
            "hazards": len(hazards),
            **({"files": list(command.files)} if command.files else {}),
        },
    )


def signed(
    visit: UUID,
    number: int,
    one: Signature,
    facts: Facts,
    words: list[Words],
    new_id: NewId,
) -> Row:
    """Return the row of a signature, its words added to `words`."""
    who, why, what = f"signer-{number}", f"unsigned-{number}", f"drawn-{number}"
    name = f"{one.name.strip()}\n{one.post.strip()}".strip()
    # Whatever was typed is kept, also a name beside a refusal.
    if name:
        words.append(Words(who, TextKind.WHO, name))
    if one.reason.strip():
        words.append(Words(why, TextKind.REASON, one.reason.strip()))
    if one.drawn:
        words.append(Words(what, TextKind.WHO, one.drawn))
    values = {
        "inspection_id": visit,
        "side": one.side,
        "signing": one.signing,
        "person_id": one.person,
        "text_id": TextOf(who) if name else None,
        "reason_text_id": TextOf(why) if one.reason.strip() else None,
        "drawn_text_id": TextOf(what) if one.drawn else None,
        "signed_at": facts.now,
    }
    return Row("inspection_signatures", new_id(), values)


def hazards_of(checked: Checked) -> list[c.FoundHazard]:
    """Return the hazards that follow from the answers: one for each item that failed."""
    return [
        c.FoundHazard(
            description=hazard_words(item, answer),
            fixed_on_spot=answer.on_spot,
            item=item.id,
            # What is never major by its checklist is not proposed either.
            proposed_major=answer.major and item.major is not Major.NONE,
        )
        for item, answer in failed(checked)
    ]
