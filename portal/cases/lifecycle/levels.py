"""Level and second signature: what makes a hazard major, and who has to see it put right.

A level is decided by named people with a criterion. A major hazard counts as put right when two
people, neither of whom found, ordered or did it, have signed for it after a check on site.
"""

from portal.cases.lifecycle import commands as c
from portal.cases.lifecycle.changes import Changes, Lack, NewId, Row, TextOf, Words
from portal.cases.lifecycle.facts import Facts, ItemFacts
from portal.cases.lifecycle.guards import blank, open_with_hazard
from portal.history.kinds import TextKind
from portal.inspections.kinds import Level
from portal.taskbooks.kinds import ItemState

#: So many named people decide on a level, outside experts counted.
PANEL_LEAST = 2


def _experts(command: c.DecideLevel) -> list[str]:
    return [line for line in command.experts.split("\n") if line.strip()]


def open_decide_level(facts: Facts) -> Lack | None:
    return open_with_hazard(facts)


def needs_decide_level(facts: Facts, command: c.DecideLevel) -> Lack | None:
    hazard = next((one for one in facts.hazards if one.id == command.hazard_id), None)
    if hazard is None:
        return Lack("hazard_missing", "hazard_id")
    if command.level is None:
        return Lack("level_missing", "level")
    if command.level is hazard.level:
        return Lack("level_same", "level")
    if any(one.hazard_id == hazard.id and one.stands for one in facts.listings):
        return Lack("listed_level", "level")
    if blank(command.criterion):
        return Lack("criterion_missing", "criterion")
    people, experts = frozenset(command.panel), _experts(command)
    if not people <= frozenset(facts.members.values()):
        return Lack("panel_elsewhere", "panel")
    if len(people) + len(experts) < PANEL_LEAST:
        return Lack("panel_too_small", "panel", {"count": PANEL_LEAST})
    # Who found it proposes; somebody else has to agree.
    if not experts and people <= facts.inspectors:
        return Lack("panel_found_it", "panel")
    if people & facts.barred:
        return Lack("panel_tied", "panel")
    return Lack("reason_missing", "reason") if blank(command.reason) else None


def decide_level(facts: Facts, command: c.DecideLevel, new_id: NewId) -> Changes:
    assert command.hazard_id is not None  # noqa: S101  needs_decide_level has seen to it
    hazard = next(one for one in facts.hazards if one.id == command.hazard_id)
    experts = _experts(command)
    words = [
        Words("criterion", TextKind.REASON, command.criterion.strip()),
        Words("reason", TextKind.REASON, command.reason.strip()),
    ]
    if experts:
        words.append(Words("experts", TextKind.WHO, command.experts.strip()))
    decision = {
        "hazard_id": hazard.id,
        "level": command.level,
        "panel": sorted(command.panel, key=str),
        "experts_text_id": TextOf("experts") if experts else None,
        "criterion_text_id": TextOf("criterion"),
        "reason_text_id": TextOf("reason"),
        "decided_at": facts.now,
        "recorded_by": facts.actor.person_id,
    }
    return Changes(
        words=words,
        rows=[
            Row("level_decisions", new_id(), decision),
            Row("hazards", hazard.id, {"level": command.level}, is_new=False),
        ],
        facts={"hazard": hazard.id, "level": command.level, "before": hazard.level},
    )


# The first of two signatures


def waits_for_first(facts: Facts, item: ItemFacts) -> bool:
    """Say whether a task is reported, of a major hazard, and nobody has signed for it yet."""
    return item.state is ItemState.REPORTED and item.level is Level.MAJOR and not item.signed_by


def had_part(facts: Facts, item: ItemFacts) -> bool:
    """Say whether the actor found or ordered what the task is about."""
    person = facts.actor.person_id
    return person is not None and (person == item.ordered_by or person in facts.inspectors)


def open_sign_check(facts: Facts) -> Lack | None:
    waiting = [item for item in facts.reported_items if waits_for_first(facts, item)]
    if not waiting:
        return Lack("nothing_to_sign")
    return Lack("own_work") if all(had_part(facts, item) for item in waiting) else None


def needs_sign_check(facts: Facts, command: c.SignCheck) -> Lack | None:
    item = facts.item(command.item_id)
    if item is None:
        return Lack("item_missing", "item_id")
    if not waits_for_first(facts, item):
        return Lack("nothing_to_sign", "item_id")
    if had_part(facts, item):
        return Lack("own_work", "item_id")
    if not command.on_site:
        return Lack("major_on_site", "on_site")
    return Lack("evidence_missing", "opinion") if blank(command.opinion) else None


def sign_check(facts: Facts, command: c.SignCheck, new_id: NewId) -> Changes:
    assert command.item_id is not None  # noqa: S101  needs_sign_check has seen to it
    signature = {"signed_by": facts.actor.person_id, "signed_at": facts.now}
    return Changes(
        words=[Words("opinion", TextKind.OPINION, command.opinion.strip())],
        rows=[
            Row(
                "task_items",
                command.item_id,
                {**signature, "signed_text_id": TextOf("opinion")},
                is_new=False,
            )
        ],
        facts={
            "item": command.item_id,
            **({"files": list(command.files)} if command.files else {}),
        },
    )


def second_signature(facts: Facts, item: ItemFacts) -> Lack | None:
    """Say what a major hazard's task still lacks before this person can pass it."""
    if item.level is not Level.MAJOR:
        return None
    if item.signed_by is None:
        return Lack("first_signature", "item_id")
    same = facts.actor.person_id == item.signed_by
    return Lack("same_signature", "item_id") if same else None
