"""The ladder of disciplinary steps as pages show it."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from flask import abort, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from portal.access.kinds import Action
from portal.access.policy import may
from portal.cases import queries
from portal.cases.kinds import State
from portal.cases.queries import Sheet, as_ground
from portal.cases.queries.ladder import address_of_step
from portal.clocks.timeleft import left_until
from portal.discipline.kinds import Commitment, End, Step, StepState
from portal.discipline.lifecycle import Suggestion, suggest
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.handling.forms.ladder import ground_words
from portal.handling.forms.lists import key_of, key_text
from portal.handling.views._opened import Opened
from portal.presets.kinds import Preset, TimeUnit
from portal.presets.queries import in_force
from portal.units.kinds import LINK_LABELS, Link
from portal.units.queries import posts_of
from portal.units.queries import unit as unit_of
from portal.web.filters import day, short_day, short_time
from portal.web.language import current
from portal.web.marks import category_name, last_day
from portal.web.pages import current_actor

TAGS = {
    StepState.PROPOSED: "warn",
    StepState.ORDERED: "info",
    StepState.ANSWERED: "info",
    StepState.ENDED: None,
}


def step_name(code: str, preset: Preset, language: str) -> str:
    """Return what a step is called; its code where the city takes it no more."""
    rung = preset.ladder.rung(code)
    return rung.name.in_language(language) if rung else code


def of_case(here: Opened, sheet: Sheet) -> dict[str, Any]:
    """Return the ladder of a case: the rungs, each step with its story, what the rules suggest."""
    return {
        "rungs": rungs(sheet.steps, here.preset, here.language),
        "steps": [_story(row, here, sheet) for row in sheet.steps],
        "suggested": _suggested(here),
    }


def rungs(steps: Sequence[Any], preset: Preset, language: str) -> list[dict[str, Any]]:
    """Return every rung as a station: reached and when, waiting, or not reached and when it is."""
    shown = []
    for rung in preset.ladder.rungs:
        own = [row for row in steps if row.rung == rung.code]
        open_ = any(row.ended_at is None for row in own)
        stands = any(row.ordered_at and row.ended is not End.WITHDRAWN for row in own)
        days = [short_day(row.ordered_at or row.proposed_at) for row in own]
        shown.append(
            {
                "title": rung.name.in_language(language),
                "status": "now" if open_ else "done" if stands else "later",
                "text": "、".join(days) if own else _("Not reached"),
            }
        )
    return shown


def _suggested(here: Opened) -> dict[str, Any] | None:
    """Return what the rules suggest to somebody who can act on it."""
    offer = here.offer("propose_step") or here.offer("order_step")
    if offer is None or here.case.state is State.CLOSED:
        return None
    facts = here.facts.ladder
    found = suggest(facts.ladder, facts.grounds, facts.steps, here.now)
    if found is None:
        return None
    moves = [here.offer(name) for name in ("order_step", "propose_step")]
    urls = [
        url_for("cases.move", case_id=here.case.id, move=one.move.name)
        for one in moves
        if one is not None and one.is_open
    ]
    return suggestion(found, here.preset, here.language) | {"url": urls[0] if urls else None}


def suggestion(found: Suggestion, preset: Preset, language: str) -> dict[str, Any]:
    """Return a suggestion in words: the step, and each ground with what was measured."""
    return {
        "name": step_name(found.rung, preset, language),
        "because": [
            _("%(ground)s (suggested from %(least)s)", ground=ground_words(g, count), least=least)
            for g, count, least in found.because
        ],
        "skips": found.skips,
    }


def _story(row: Any, here: Opened, sheet: Sheet) -> dict[str, Any]:
    """Return one step whole: ground, who, answer, interview, effect, end."""
    name = step_name(row.rung, here.preset, here.language)
    shown = {
        "id": row.id,
        "number": row.number,
        "name": name,
        "post": sheet.posts[row.id].in_language(here.language),
        "post_url": url_for("ladder.post", key=row.addressee),
        "state": row.ended.label if row.ended else row.state.label,
        "tag": "ok" if row.ended is End.DONE else TAGS[row.state],
        "grounds": [ground_words(*as_ground(one)) for one in row.grounds],
        "reason": sheet.text(row.reason_text_id),
        "skip": sheet.text(row.skip_text_id),
        "who": _who(row, sheet),
        "meeting": day(row.meeting_on) if row.meeting_on else "",
        "effect": sheet.text(row.effect_text_id),
        "ended": _by(row.ended_at, row.ended_by, sheet),
        "answer": _answer(row, here, sheet),
        "listing": _listing(row, here, sheet),
        "interview": _interview(row, sheet),
        "commitments": [
            {
                "words": sheet.text(one.text_id),
                "due": day(one.due_on),
                "state": one.state.label,
                "tag": _commitment_tag(one, here),
                "shown_by": sheet.text(one.settled_text_id),
            }
            for one in sheet.commitments
            if one.step_id == row.id
        ],
    }
    return shown | _ways(row, here)


def _who(row: Any, sheet: Sheet) -> list[str]:
    told = [_("Proposed: %(who)s", who=_by(row.proposed_at, row.proposed_by, sheet))]
    if row.ordered_at:
        ordered = _("Ordered: %(who)s", who=_by(row.ordered_at, row.ordered_by, sheet))
        # Who orders a step of their own has proposed nothing.
        same = row.ordered_at == row.proposed_at
        told = [ordered] if same else [*told, ordered]
    return told


def _by(at: Any, person: UUID | None, sheet: Sheet) -> str:
    return f"{sheet.people.get(person, '')} · {short_time(at)}" if at and person else ""


def _answer(row: Any, here: Opened, sheet: Sheet) -> dict[str, Any] | None:
    """Return the addressee's answer, or until when it is awaited; None for a proposal."""
    if row.ordered_at is None:
        return None
    if row.answered_at is None:
        left = left_until(
            row.answer_due_at,
            here.now,
            TimeUnit.WORKING_DAY,
            here.preset.calendar,
            here.preset.limits,
        )
        until = day(last_day(row.answer_due_at))
        return {"awaited": row.ended_at is None, "until": until, "left": left}
    how = [" · ".join(sheet.text(row.answered_by_text_id).split("\n")), short_time(row.answered_at)]
    if row.arrived_on:
        how.append(_("on paper, arrived on %(day)s", day=short_day(row.arrived_on)))
    else:
        how.append(_("by the link"))
    how.append(_("in time") if row.in_time else _("after the time for it"))
    return {"words": sheet.text(row.answer_text_id), "how": " · ".join(how)}


def _interview(row: Any, sheet: Sheet) -> dict[str, Any] | None:
    held = sheet.interviews.get(row.id)
    if held is None:
        return None
    return {
        "when": f"{short_time(held.held_at)}–{short_time(held.until_at)}",
        "place": sheet.text(held.place_text_id),
        "people": sheet.text(held.people_text_id),
        "record": sheet.text(held.record_text_id),
        "parts": [
            {"name": str(name), "words": sheet.text(text_id)}
            for name, text_id in (
                (_("Legal basis"), held.basis_text_id),
                (_("What the person said to it"), held.statement_text_id),
                (_("What is demanded, and by when"), held.demands_text_id),
            )
            if text_id
        ],
        "signed": _("Signed by both sides") if held.signed else _("One side refused to sign"),
    }


def _listing(row: Any, here: Opened, sheet: Sheet) -> dict[str, Any] | None:
    """Return the hazard that a step lists: until when, what other bodies found, its end."""
    one = next((one for one in sheet.listings if one.step_id == row.id), None)
    if one is None:
        return None
    is_late = one.accepted_at is None and one.ended_at is None and one.until_on < here.today
    ended = f"{one.ended.label} · {short_time(one.ended_at)}" if one.ended else ""
    asked = one.asked_at and not one.ended_at
    return {
        "number": one.number,
        "words": sheet.text(one.published_text_id),
        "until": day(one.until_on, year=True),
        "late": is_late,
        "ended": ended,
        "asked": _by(one.asked_at, one.asked_by, sheet) if asked else "",
        "proof": sheet.text(one.asked_text_id),
        "acceptances": [
            _acceptance(it, sheet) for it in sheet.acceptances if it.listing_id == one.id
        ],
    }


def _acceptance(one: Any, sheet: Sheet) -> dict[str, Any]:
    who = "、".join(line for line in sheet.text(one.people_text_id).split("\n") if line.strip())
    return {
        "passed": one.passed,
        "body": sheet.text(one.body_text_id),
        "who": who,
        "day": day(one.accepted_on),
        "opinion": sheet.text(one.opinion_text_id),
        "recorded": _by(one.recorded_at, one.recorded_by, sheet),
    }


def _commitment_tag(one: Any, here: Opened) -> str | None:
    if one.state is Commitment.OPEN:
        return "warn" if one.due_on < here.today else None
    return "ok" if one.state is Commitment.KEPT else "bad"


def _ways(row: Any, here: Opened) -> dict[str, Any]:
    """Return how the step reaches its addressee: by mail, or by a paper to hand over."""
    can_print = row.ordered_at is not None and row.token_hash is not None and row.ended_at is None
    can_print = can_print and may(here.actor, Action.REVOKE_STEP_LINK, here.case)
    address = address_of_step(here.session, row, here.now) if row.ordered_at else ""
    print_url = url_for("ladder.print_step", case_id=here.case.id, step_id=row.id)
    return {
        "print_url": print_url if can_print else None,
        "bundle": _bundle(row, here),
        "mailed": bool(address),
        "link_gone": row.token_hash is None,
    }


def _bundle(row: Any, here: Opened) -> dict[str, str] | None:
    """Return where the evidence is, for a proposal of accountability and who may order steps."""
    if row.rung is not Step.PROPOSE_ACCOUNTABILITY:
        return None
    if not may(here.actor, Action.TAKE_EVIDENCE, here.case):
        return None
    where = {"case_id": here.case.id, "step_id": row.id}
    return {
        "pdf": url_for("ladder.evidence_pdf", **where),
        "zip": url_for("ladder.evidence_zip", **where),
        "csrf_token": generate_csrf(),
    }


# lists


def listed(rows: Iterable[Any], preset: Preset, language: str) -> list[dict[str, Any]]:
    """Return steps of many cases as rows: the matter by its kind, never a reporter's words."""
    moment = now()
    return [
        {
            "name": step_name(one.step.rung, preset, language),
            "post": one.post.in_language(language),
            "post_url": url_for("ladder.post", key=one.step.addressee),
            "case": one.case.number,
            "url": url_for("cases.case", case_id=one.case.id, _anchor="ladder"),
            "what": category_name(one.case.category, preset, language) or _("Not settled yet"),
            "day": short_day(one.step.ordered_at or one.step.proposed_at, moment),
            "grounds": [ground_words(*as_ground(kept)) for kept in one.step.grounds],
            "reason": one.reason,
            "answer": one.answer,
            "effect": one.effect,
            "state": one.step.ended.label if one.step.ended else one.step.state.label,
            "tag": TAGS[one.step.state],
            "left": _left(one.step, preset, moment),
        }
        for one in rows
    ]


def _left(step: Any, preset: Preset, moment: Any) -> Any:
    if step.answer_due_at is None or step.answered_at or step.ended_at:
        return None
    return left_until(
        step.answer_due_at, moment, TimeUnit.WORKING_DAY, preset.calendar, preset.limits
    )


def report_page() -> str:
    """Return the open steps by the time left to answer, and what the rules suggest."""
    session, actor, moment, language = db.session(), current_actor(), now(), current()
    preset = in_force(session, moment)
    after = key_of(request.args.get("after"))
    rows, following = queries.open_steps(session, actor, after=after)
    suggested = [] if after else queries.suggestions(session, actor, preset, now=moment)
    return render_template(
        "handling/ladder_report.html",
        rows=listed(rows, preset, language),
        suggested=[
            suggestion(found, preset, language)
            | {
                "case": case.number,
                "what": category_name(case.category, preset, language),
                "url": url_for("cases.case", case_id=case.id, _anchor="ladder"),
            }
            for case, found in suggested
        ],
        next_url=url_for("ladder.index", after=key_text(following)) if following else None,
        first_url=url_for("ladder.index") if after else None,
    )


def of_unit(unit: Any) -> dict[str, Any]:
    """Return the ladder of a unit, as far as the reader can see its cases."""
    session, preset, language = db.session(), in_force(db.session(), now()), current()
    found = queries.steps_of_unit(session, current_actor(), unit.id)
    return {
        "rungs": rungs([one.step for one in found], preset, language),
        "rows": listed(found, preset, language),
    }


def post_page(key: str) -> str:
    """Return the page of a post: who it was when, and the steps toward it. 404 for no post."""
    session, preset, language = db.session(), in_force(db.session(), now()), current()
    about = _unit_post(key) if key.startswith("unit/") else _place_post(key, preset, language)
    found = queries.steps_of_post(session, current_actor(), key)
    return render_template(
        "handling/ladder_post.html",
        **about,
        rungs=rungs([one.step for one in found], preset, language),
        rows=listed(found, preset, language),
    )


def _unit_post(key: str) -> dict[str, Any]:
    _kind, _slash, rest = key.partition("/")
    unit_id, _slash, link = rest.partition("/")
    try:
        unit, wanted = unit_of(db.session(), UUID(unit_id)), Link(link)
    except (ValueError, NotFound):
        abort(404)
    written = [row for row in posts_of(db.session(), unit.id) if row.link is wanted]
    return {
        "title": str(LINK_LABELS[wanted]),
        "unit": {"name": unit.name, "url": url_for("units.unit", unit_id=unit.id)},
        "written": [
            {"post": row.post or _("Nobody"), "from_on": row.from_on, "until_on": row.until_on}
            for row in written
        ],
    }


def _place_post(key: str, preset: Preset, language: str) -> dict[str, Any]:
    kind, _slash, code = key.partition("/")
    post = preset.taxonomy.posts.get(code) if kind == "post" else None
    if post is None:
        abort(404)
    return {"title": post.name.in_language(language), "unit": None, "written": []}
