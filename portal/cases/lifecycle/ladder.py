"""The moves on the ladder of disciplinary steps: their guards and their effects."""

from dataclasses import replace
from datetime import date
from typing import Any

from portal.access.kinds import Role
from portal.cases.lifecycle import listing
from portal.cases.lifecycle import step_commands as s
from portal.cases.lifecycle.changes import Changes, Lack, NewId, Row, TextOf, Words
from portal.cases.lifecycle.effects import reason as words_of
from portal.cases.lifecycle.effects import with_override
from portal.cases.lifecycle.facts import Facts
from portal.cases.lifecycle.guards import LONGEST_AHEAD, blank
from portal.discipline.kinds import OF_ORDERED, OF_PROPOSALS, Commitment, End, Ground, Step
from portal.discipline.lifecycle import CommitmentFacts, StepFacts, barred_field, last_day, skips
from portal.history.kinds import TextKind
from portal.presets.ladders import Rung
from portal.units.kinds import Link

# which steps somebody can act on


def _proposals(facts: Facts) -> list[StepFacts]:
    return [step for step in facts.ladder.steps if step.is_open and step.ordered_at is None]


def _ordered(facts: Facts) -> list[StepFacts]:
    return [step for step in facts.ladder.steps if step.is_open and step.ordered_at is not None]


def _unanswered(facts: Facts) -> list[StepFacts]:
    own = facts.actor.step_id
    waiting = [step for step in _ordered(facts) if step.answered_at is None]
    if facts.actor.role is Role.UNIT:
        return [step for step in waiting if step.id == own and step.has_link]
    return waiting


def talks(facts: Facts) -> list[StepFacts]:
    """Interviews that were ordered and not held yet."""
    found = [step for step in _ordered(facts) if step.rung is Step.INTERVIEW]
    return [step for step in found if not step.is_held]


def _rung(facts: Facts, code: str | None) -> Rung | None:
    return facts.ladder.ladder.rung(code or "")


def _may_order(facts: Facts, step: StepFacts) -> bool:
    rung = _rung(facts, step.rung)
    return rung is not None and facts.actor.role in rung.may_order


# guards


def open_propose(facts: Facts) -> Lack | None:
    rungs = facts.ladder.ladder.rungs
    if not any(facts.actor.role in rung.may_propose for rung in rungs):
        return Lack("ladder_not_yours")
    return None if facts.ladder.held else Lack("no_ground")


def needs_proposal(facts: Facts, command: s.ProposeStep) -> Lack | None:
    if facts.ladder.is_barred:
        return Lack("help_no_evidence", barred_field(command.grounds))
    rung = _rung(facts, command.rung)
    if rung is None:
        return Lack("step_unknown", "rung")
    if facts.actor.role not in rung.may_propose:
        return Lack("ladder_not_yours", "rung")
    return _needs_said(facts, rung, command)


def _needs_said(facts: Facts, rung: Rung, command: s.ProposeStep | s.OrderStep) -> Lack | None:
    """What a step needs whoever says it: addressee, grounds that are so, reasons."""
    if command.link not in set(Link):
        return Lack("addressee_missing", "link")
    if command.link not in rung.toward:
        return Lack("addressee_wrong", "link")
    if Link(command.link) not in facts.ladder.posts:
        return Lack("addressee_gap", "link")
    if not command.grounds:
        return Lack("ground_missing", "grounds")
    if not set(command.grounds) <= set(facts.ladder.held):
        return Lack("ground_not_so", "grounds")
    if blank(command.reason):
        return Lack("reason_missing", "reason")
    same = (
        step.rung == rung.code and step.link == command.link and step.is_open
        for step in facts.ladder.steps
    )
    if any(same):
        return Lack("step_open_already", "rung")
    left_out = skips(facts.ladder.ladder, facts.ladder.steps, rung.code)
    return (
        Lack("skip_reason_missing", "skip_reason")
        if left_out and blank(command.skip_reason)
        else None
    )


def open_order(facts: Facts) -> Lack | None:
    rungs = facts.ladder.ladder.rungs
    if not any(facts.actor.role in rung.may_order for rung in rungs):
        return Lack("ladder_not_yours")
    return None if facts.ladder.held or _proposals(facts) else Lack("no_ground")


def needs_order(facts: Facts, command: s.OrderStep) -> Lack | None:
    if facts.ladder.is_barred:
        return Lack("help_no_evidence", barred_field(command.grounds))
    proposed = None
    if command.step_id is not None:
        proposed = next((step for step in _proposals(facts) if step.id == command.step_id), None)
        if proposed is None:
            return Lack("step_missing", "step_id")
    rung = _rung(facts, proposed.rung if proposed else command.rung)
    if rung is None:
        return Lack("step_unknown", "rung")
    if facts.actor.role not in rung.may_order:
        return Lack("ladder_not_yours", "step_id" if proposed else "rung")
    own = proposed is None or proposed.proposed_by == facts.actor.person_id
    if rung.two_people and own:
        return Lack("step_two_people", "step_id")
    if proposed is None:
        lack = _needs_said(facts, rung, command)
    else:
        named = proposed.link in facts.ladder.posts
        lack = None if named else Lack("addressee_gap", "step_id")
    if lack is None and rung.code == Step.LIST_FOR_SUPERVISION:
        lack = listing.needs_listing(facts, command)
    return lack or _needs_meeting(facts, rung, command.meeting_on)


def _needs_meeting(facts: Facts, rung: Rung, day: date | None) -> Lack | None:
    if rung.code != Step.INTERVIEW:
        return None
    if day is None or day > facts.today + LONGEST_AHEAD:
        return Lack("meeting_missing", "meeting_on")
    earliest = facts.ladder.earliest_meeting
    return Lack("meeting_too_soon", "meeting_on", {"day": earliest}) if day < earliest else None


def open_answer(facts: Facts) -> Lack | None:
    return None if _unanswered(facts) else Lack("no_answer_awaited")


def needs_answer(facts: Facts, command: s.AnswerStep) -> Lack | None:
    step = next((one for one in _unanswered(facts) if one.id == command.step_id), None)
    if step is None or step.ordered_at is None:
        return Lack("step_missing", "step_id")
    if facts.actor.role is Role.UNIT:
        if not step.can_be_answered(facts.read_at):
            return Lack("answer_over", "body", {"due": _until(facts, step)})
    elif command.arrived_on is None or not _day(facts, step) <= command.arrived_on <= facts.today:
        return Lack("answer_day_wrong", "arrived_on")
    if blank(command.name):
        return Lack("name_missing", "name")
    if blank(command.post):
        return Lack("post_missing", "post")
    nothing = blank(command.body) and not command.files
    return Lack("answer_missing", "body") if nothing else None


def _until(facts: Facts, step: StepFacts) -> date | None:
    """The last day on which the addressee can answer."""
    due = step.answer_due_at
    return last_day(due, facts.ladder.zone) if due else None


def _day(facts: Facts, step: StepFacts) -> date:
    """The day in the portal's zone on which a step was ordered."""
    assert step.ordered_at is not None  # noqa: S101  only asked of ordered steps
    return step.ordered_at.astimezone(facts.ladder.zone).date()


def open_end(facts: Facts) -> Lack | None:
    found = [step for step in facts.ladder.steps if step.is_open]
    if not found:
        return Lack("no_step")
    return None if any(_may_end(facts, step) for step in found) else Lack("ladder_not_yours")


def _may_end(facts: Facts, step: StepFacts) -> bool:
    """Whoever may order a step ends it; a proposal also whoever made it."""
    own = step.ordered_at is None and step.proposed_by == facts.actor.person_id
    return own or _may_order(facts, step)


def needs_end(facts: Facts, command: s.EndStep) -> Lack | None:
    step = facts.ladder.step(command.step_id)
    if step is None or not step.is_open:
        return Lack("step_missing", "step_id")
    if not _may_end(facts, step):
        return Lack("ladder_not_yours", "step_id")
    if command.end not in (OF_PROPOSALS if step.ordered_at is None else OF_ORDERED):
        return Lack("end_missing", "end")
    if blank(command.effect):
        return Lack("effect_missing", "effect")
    if (lack := listing.why_not_end(facts, step, command.end)) is not None:
        return lack
    if command.end not in (End.DONE, End.LAPSED):
        return None
    # The right to be heard ends with its time, not with our patience.
    if step.can_be_answered(facts.read_at):
        return Lack("answer_time_runs", "end", {"due": _until(facts, step)})
    if step in talks(facts):
        return Lack("interview_first", "end")
    unsettled = _unsettled(facts, step)
    return Lack("commitments_open", "end", {"count": len(unsettled)}) if unsettled else None


def _unsettled(facts: Facts, step: StepFacts) -> list[CommitmentFacts]:
    return [
        one
        for one in facts.ladder.commitments
        if one.step_id == step.id and one.state is Commitment.OPEN
    ]


def open_revoke_link(facts: Facts) -> Lack | None:
    return None if any(step.has_link for step in _ordered(facts)) else Lack("step_link_gone")


def needs_revoke_link(facts: Facts, command: s.RevokeStepLink) -> Lack | None:
    step = next((one for one in _ordered(facts) if one.id == command.step_id), None)
    if step is None or not step.has_link:
        return Lack("step_missing", "step_id")
    return Lack("reason_missing", "reason") if blank(command.reason) else None


def _accused(facts: Facts) -> list[StepFacts]:
    return [step for step in facts.ladder.steps if step.rung is Step.PROPOSE_ACCOUNTABILITY]


def open_evidence(facts: Facts) -> Lack | None:
    return None if _accused(facts) else Lack("no_accountability")


def needs_evidence(facts: Facts, command: s.TakeEvidence) -> Lack | None:
    known = command.step_id in {step.id for step in _accused(facts)}
    return None if known else Lack("step_missing", "step_id")


# effects


def propose(facts: Facts, command: s.ProposeStep, new_id: NewId) -> Changes:
    return _said(facts, command, new_id, {"meeting_on": None})


def _said(
    facts: Facts,
    command: s.ProposeStep | s.OrderStep,
    new_id: NewId,
    ordering: dict[str, Any],
) -> Changes:
    """A step that begins here. `token_hash` is the service's: the key is not pure."""
    rung, link = Step(command.rung or ""), Link(command.link or "")
    post = facts.ladder.posts[link]
    # What was typed is kept, also where no rung is left out.
    skip = words_of(command.skip_reason, "skip_reason")
    chosen = [ground for ground in Ground if ground in command.grounds]
    words = [
        Words("post", TextKind.WHO, post.name.in_language(facts.ladder.language)),
        *words_of(command.reason),
    ]
    words += skip
    step = new_id()
    row = {
        "number": len(facts.ladder.steps) + 1,
        "rung": rung,
        "ladder_version": facts.ladder.ladder.version,
        "link": link,
        "unit_id": facts.case.unit_id,
        "addressee": post.key,
        "post_text_id": TextOf("post"),
        "grounds": [f"{ground}:{facts.ladder.grounds[ground]}" for ground in chosen],
        "reason_text_id": TextOf("reason"),
        "skip_text_id": TextOf("skip_reason") if skip else None,
        "proposed_at": facts.now,
        "proposed_by": facts.actor.person_id,
        **{name: None for name in ("ordered_at", "ordered_by", "answer_due_at", "answered_at")},
        **{name: None for name in ("arrived_on", "in_time", "answered_by_text_id")},
        **{name: None for name in ("answer_text_id", "ended_at", "ended", "ended_by")},
        "effect_text_id": None,
        **ordering,
    }
    return Changes(
        words=with_override(command, words),
        rows=[Row("disciplinary_steps", step, row)],
        facts={"step": step, "rung": rung},
    )


def order(facts: Facts, command: s.OrderStep, new_id: NewId) -> Changes:
    proposed = facts.ladder.step(command.step_id)
    rung = proposed.rung if proposed else Step(command.rung or "")
    ordering = {
        "ordered_at": facts.now,
        "ordered_by": facts.actor.person_id,
        "meeting_on": command.meeting_on if rung is Step.INTERVIEW else None,
        "answer_due_at": facts.ladder.answer_dues[rung],
    }
    if proposed is None:
        made = _said(facts, command, new_id, ordering)
        made = replace(made, facts={**made.facts, **_until_when(facts, rung)})
    else:
        made = Changes(
            words=with_override(command, []),
            rows=[Row("disciplinary_steps", proposed.id, ordering, is_new=False)],
            facts={"step": proposed.id, "rung": rung, **_until_when(facts, rung)},
        )
    if rung is not Step.LIST_FOR_SUPERVISION:
        return made
    words, row, told = listing.listed(facts, command, made.facts["step"], new_id)
    return replace(
        made, words=[*made.words, words], rows=[*made.rows, row], facts={**made.facts, **told}
    )


def _until_when(facts: Facts, rung: Step) -> dict[str, Any]:
    return {"answer_until": last_day(facts.ladder.answer_dues[rung], facts.ladder.zone)}


def answer(facts: Facts, command: s.AnswerStep, new_id: NewId) -> Changes:
    step = facts.ladder.step(command.step_id)
    assert step is not None  # noqa: S101  the guard has seen to it
    who = Words("who", TextKind.WHO, f"{command.name.strip()}\n{command.post.strip()}")
    said = words_of(command.body, "answer", TextKind.STATEMENT)
    due = step.answer_due_at
    if command.arrived_on is None:
        in_time = due is not None and facts.read_at <= due
    else:
        last = _until(facts, step)
        in_time = last is not None and command.arrived_on <= last
    row = {
        "answered_at": facts.now,
        "arrived_on": command.arrived_on,
        "in_time": in_time,
        "answered_by_text_id": TextOf("who"),
        "answer_text_id": TextOf("answer") if said else None,
    }
    return Changes(
        words=[who, *said],
        rows=[Row("disciplinary_steps", step.id, row, is_new=False)],
        facts=about(step) | {"files": list(command.files), "in_time": in_time},
    )


def end(facts: Facts, command: s.EndStep, new_id: NewId) -> Changes:
    step = facts.ladder.step(command.step_id)
    assert step is not None  # noqa: S101
    ended = End(command.end or "")
    row = {
        "ended_at": facts.now,
        "ended": ended,
        "ended_by": facts.actor.person_id,
        "effect_text_id": TextOf("reason"),
    }
    rows, told = listing.taken_back(facts, step)
    left = [one.id for one in _unsettled(facts, step)]
    return Changes(
        words=with_override(command, words_of(command.effect)),
        rows=[Row("disciplinary_steps", step.id, row, is_new=False), *rows],
        facts=about(step) | {"end": ended} | told | ({"unsettled": left} if left else {}),
    )


def about(step: StepFacts) -> dict[str, Any]:
    return {"step": step.id, "rung": step.rung}


def revoke_link(facts: Facts, command: s.RevokeStepLink, new_id: NewId) -> Changes:
    step = facts.ladder.step(command.step_id)
    assert step is not None  # noqa: S101
    return Changes(
        words=words_of(command.reason),
        rows=[Row("disciplinary_steps", step.id, {"token_hash": None}, is_new=False)],
        facts=about(step),
    )


def take_evidence(facts: Facts, command: s.TakeEvidence, new_id: NewId) -> Changes:
    step = facts.ladder.step(command.step_id)
    assert step is not None  # noqa: S101
    return Changes(words=with_override(command, []), facts=about(step) | {"whole": command.whole})


#: Commands whose guard or effect looks at the ladder.
COMMANDS = (
    *(s.ProposeStep, s.OrderStep, s.AnswerStep, s.EndStep, s.RevokeStepLink),
    *(s.HoldInterview, s.SettleCommitment, s.TakeEvidence),
)
