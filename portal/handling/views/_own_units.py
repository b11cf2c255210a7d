"""What the pages of staff show of what units find and declare themselves."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_wtf.csrf import generate_csrf

from portal.access.kinds import Action, Actor
from portal.access.policy import may
from portal.accounts.kinds import AccountMail
from portal.accounts.queries import accounts_of_unit, names_of_people
from portal.accounts.services import reset_account
from portal.attachments.kinds import Part, State
from portal.attachments.queries import attachment, content, of_things
from portal.cases.queries import cases_shown, matters_of_unit
from portal.clocks.days import add_months
from portal.foundation import secrets
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.handling.forms.declarations import SHOWN, InviteForm, MonthForm, plain
from portal.history.queries import words
from portal.inspections.kinds import Result
from portal.measures.catalogue import BY_NAME
from portal.measures.counts import Share
from portal.measures.self_found import share_of_month, share_of_unit
from portal.notices.services import queue_account_mail
from portal.presets.contents import checklist_of
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.risk.score import score
from portal.selfinspections import queries
from portal.selfinspections.kinds import CREDITED, HazardState, Signer, Standing
from portal.selfinspections.lifecycle import Declared, due_on, latest_late
from portal.selfinspections.queries import OwnHazard, Show
from portal.selfinspections.services import invite
from portal.units.queries import Wanted
from portal.units.queries import unit as unit_of
from portal.web.filters import month as month_words
from portal.web.filters import percent, plain_day, short_day, short_time
from portal.web.identity import generation_mark
from portal.web.language import current
from portal.web.marks import category_name, place_name
from portal.web.pages import current_actor
from portal.web.uploads import store

MONTHS_SHOWN = 12
TONES = {
    HazardState.NO_TASK: "warn",
    HazardState.BEING_PUT_RIGHT: "info",
    HazardState.OVERDUE: "bad",
    HazardState.PUT_RIGHT: "ok",
}
DUE_TONES = {
    Standing.MISSED: "bad",
    Standing.OPEN: "warn",
    Standing.UNDER_WAY: "info",
    Standing.DONE: "ok",
}
RESULT_TONES = {Result.PASS: "ok", Result.FAIL: "bad", Result.PARTIAL: "warn"}


SELF_FOUND = BY_NAME["self_found"]


def _preset() -> tuple[Preset, datetime, date]:
    moment = now()
    preset = in_force(db.session(), moment)
    return preset, moment, moment.astimezone(preset.limits.zone).date()


# the list of a month


def month_page() -> dict[str, Any]:
    """Return the units of a month; those first that have not declared it."""
    preset, moment, today = _preset()
    language, actor = current(), current_actor()
    months = _months(today, preset)
    form = MonthForm(request.args)
    form.suit(preset, language, [(f"{one:%Y-%m}", month_words(one)) for one in months])
    month = next(
        (one for one in months if f"{one:%Y-%m}" == form.period.data), _first(months, today, preset)
    )
    show = Show(form.show.data) if form.show.data in set(Show) else Show.MISSING
    if "place" not in request.args:
        form.place.data = actor.jurisdiction or ""
    form.period.data, form.show.data = f"{month:%Y-%m}", show.value
    wanted = Wanted(
        words=plain(form.q.data),
        sector=plain(form.sector.data),
        place=plain(form.place.data).rpartition("/")[2],
    )
    after = _key(request.args.get("after"))
    found = queries.of_month(db.session(), actor, month, show, wanted, preset, after=after)
    counts = queries.counts_of_month(db.session(), actor, month, wanted, preset)
    asked = {"period": form.period.data, "q": form.q.data, "sector": form.sector.data}
    asked = {name: value for name, value in asked.items() if value} | {"place": form.place.data}
    key = f"{found.next_key[0]}~{found.next_key[1]}" if found.next_key else None
    here = {**asked, "show": show.value}
    last = due_on(month, preset.self_inspection, preset.calendar)
    return {
        "form": form,
        "name": month_words(month),
        "due": plain_day(last, True),
        "is_over": today > last,
        "shown": str(SHOWN[show]),
        "counts": [
            {
                "number": counts[one],
                "text": str(SHOWN[one]),
                "url": url_for("declarations.index", **asked, show=one.value),
                "tone": "bad" if one is Show.MISSING and counts[one] and today > last else None,
                "current": one is show,
            }
            for one in Show
        ],
        "rows": [_row(one, preset, language) for one in found.rows],
        "next_url": url_for("declarations.index", **here, after=key) if key else None,
        "first_url": url_for("declarations.index", **here) if after else None,
        "late_inside": [
            {
                "name": one.name,
                "url": url_for("declarations.unit", unit_id=one.unit_id),
                "count": one.count,
            }
            for one in queries.late_inside(db.session(), actor, wanted, preset, now=moment)
        ],
        "ratio": _share(share_of_month(db.session(), actor, month, wanted, preset), preset),
        "ratio_url": _ratio_url(month, wanted, preset),
        "may_see_blind": may(actor, Action.READ_BLIND_SPOTS),
    }


def _ratio_url(month: date, wanted: Wanted, preset: Preset) -> str | None:
    """Return the list behind the share, where it can be narrowed in the same way."""
    is_narrower = wanted.words or wanted.sector
    places = {"", *preset.taxonomy.jurisdictions}
    if is_narrower or wanted.place not in places or not may(current_actor(), Action.READ_MEASURES):
        return None
    days = {"from": month.isoformat(), "to": add_months(month, 1).isoformat()}
    asked: dict[str, Any] = {**days, "jurisdiction": wanted.place or None}
    return url_for("oversight.self_found", **asked)


def _months(today: date, preset: Preset) -> list[date]:
    """Return the months that can be listed, the newest first."""
    found = [today.replace(day=1)]
    while len(found) <= MONTHS_SHOWN:
        before = found[-1]
        year, month = divmod(before.year * 12 + before.month - 2, 12)
        found.append(date(year, month + 1, 1))
    return found[1:]


def _first(months: Sequence[date], today: date, preset: Preset) -> date:
    """Return the month that is shown unless another is asked for: the newest that is late."""
    late = latest_late(today, preset.self_inspection, preset.calendar)
    return late if late in months else months[0]


def _key(text: str | None) -> tuple[str, UUID] | None:
    name, _tilde, id_ = (text or "").rpartition("~")
    try:
        return plain(name), UUID(id_)
    except ValueError:
        return None


def _row(one: queries.Row, preset: Preset, language: str) -> dict[str, Any]:
    sector = preset.taxonomy.sectors.get(one.sector or "")
    return {
        "name": one.name,
        "url": url_for("declarations.unit", unit_id=one.unit_id),
        "place": place_name(one.jurisdiction, one.township, preset, language),
        "sector": sector.in_language(language) if sector else "",
        "said": _said(one) if one.signed_at else "",
        "marks": _marks(one) if one.signed_at else [],
        "when": short_day(one.signed_at) if one.signed_at else "",
    }


def _said(row: Any) -> str:
    if row.is_nil:
        return str(_("Nothing found"))
    return str(
        ngettext(
            "%(num)s hazard found, %(right)s put right",
            "%(num)s hazards found, %(right)s put right",
            row.found_count,
            right=row.right_count,
        )
    )


def _marks(row: Any) -> list[tuple[str, str]]:
    marks = [(_("declared late"), "warn")] if row.is_late else []
    if row.signer is not Signer.HOLDS:
        marks.append((row.signer.label, "warn"))
    return marks


# one unit


def unit_page(unit_id: UUID, form: InviteForm) -> str:
    """Show what a unit found and declared, beside what others found there."""
    session, actor, language = db.session(), current_actor(), current()
    preset, moment, _today = _preset()
    unit = unit_of(session, unit_id)
    if form.is_submitted() is False and form.email.data is None:
        form.email.data = unit.contact_email
    found, following = queries.hazards(
        session, actor, unit_id, preset, after=_moment_key(request.args.get("after")), now=moment
    )
    after = f"{following[0].isoformat()}~{following[1]}" if following else None
    tiles = _tiles(unit_id, [one.id for one in found] + [t.id for o in found for t in o.tasks])
    numbers = cases_shown(session, actor, [one.case_id for one in found if one.case_id])
    return render_template(
        "handling/own_unit.html",
        unit=unit,
        form=form,
        csrf_token=generate_csrf(),
        takes_part=queries.since(session, unit_id),
        may_invite=may(actor, Action.INVITE_UNITS),
        accounts=_accounts(unit_id),
        duties=[
            {
                "name": one.duty.name.in_language(language),
                "period": one.period.code,
                "standing": one.standing.label,
                "tone": DUE_TONES[one.standing],
            }
            for one in queries.due_of(session, unit_id, preset, now=moment)
        ],
        made=_made(unit_id, preset, moment),
        hazards=[_hazard(one, tiles, numbers, preset, moment) for one in found],
        months=_declared(unit, actor, preset),
        beside=_beside(unit, actor, preset, moment),
        ratio=_ratio(unit, actor, preset),
        next_url=url_for("declarations.unit", unit_id=unit_id, after=after) if after else None,
        first_url=url_for("declarations.unit", unit_id=unit_id)
        if request.args.get("after")
        else None,
    )


def _moment_key(text: str | None) -> queries.HazardKey | None:
    moment, _tilde, id_ = (text or "").partition("~")
    try:
        found = datetime.fromisoformat(moment)
        return (found, UUID(id_)) if found.tzinfo else None
    except ValueError:
        return None


def _accounts(unit_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "id": held.account_id,
            "name": held.account.person.name,
            "post": held.account.person.post,
            "email": held.account.email,
            "active": held.account.active and held.ends_on is None,
            "waits": held.account.password is None,
            "since": short_day(held.starts_on),
        }
        for held in accounts_of_unit(db.session(), unit_id)
    ]


def _made(unit_id: UUID, preset: Preset, moment: datetime) -> list[dict[str, Any]]:
    duties = preset.self_inspection.duties
    return [
        {
            "name": duties[one.duty].name.in_language(current())
            if one.duty in duties
            else one.duty,
            "period": one.period,
            "when": short_day(one.finished_at, moment),
            "url": url_for("declarations.inspection", unit_id=unit_id, inspection_id=one.id),
        }
        for one in queries.finished(db.session(), unit_id)
    ]


def _hazard(
    one: OwnHazard, tiles: Any, numbers: Any, preset: Preset, moment: datetime
) -> dict[str, Any]:
    return {
        "number": one.number,
        "words": one.words,
        "kind": category_name(one.category, preset, current()),
        "when": short_time(one.entered_at, moment),
        "state": one.state.label,
        "tone": TONES[one.state],
        "major": one.major,
        "handed": one.handed_at is not None,
        "case": numbers.get(one.case_id, ""),
        "case_url": url_for("cases.case", case_id=one.case_id) if one.case_id in numbers else None,
        "tiles": tiles[one.id],
        "tasks": [
            {
                "task": task.task,
                "who": task.who,
                "due": plain_day(task.due_on),
                "done": short_time(task.done_at, moment) if task.done_at else "",
                "said": task.done,
                "tiles": tiles[task.id],
            }
            for task in one.tasks
        ],
    }


def _declared(unit: Any, actor: Actor, preset: Preset) -> list[dict[str, Any]]:
    """Return the months that were declared; a return of nothing found with what came later."""
    session = db.session()
    rows = queries.declarations_of(session, actor, unit.id)
    who = queries.signers(session, rows)
    matters = [
        (case.id, matter) for case, matter in matters_of_unit(session, actor, unit.id, preset)
    ]
    found = []
    for row in rows:
        nil = Declared(id=row.id, month=row.month, signed_at=row.signed_at)
        later = queries.found_after(nil, matters, preset) if row.is_nil else []
        numbers = cases_shown(session, actor, later)
        found.append(
            {
                "name": month_words(row.month),
                "said": _said(row),
                "marks": _marks(row),
                "who": who[row.id],
                "when": short_time(row.signed_at),
                "later": [
                    {"number": text, "url": url_for("cases.case", case_id=id_)}
                    for id_, text in numbers.items()
                ],
            }
        )
    return found


def _beside(unit: Any, actor: Actor, preset: Preset, moment: datetime) -> list[dict[str, Any]]:
    """Return what others found at the unit, each with what the unit had declared of it."""
    session = db.session()
    matters = matters_of_unit(session, actor, unit.id, preset)
    said = queries.judged(session, actor, unit.id, [one for _case, one in matters], preset)
    return [
        {
            "number": case.number,
            "url": url_for("cases.case", case_id=case.id),
            "kind": category_name(case.category, preset, current()),
            "when": short_day(case.opened_at, moment),
            "verdict": judged.verdict.label,
            "tone": "ok" if judged.verdict in CREDITED else None,
        }
        for (case, _matter), judged in zip(matters, said, strict=True)
    ]


def _ratio(unit: Any, actor: Actor, preset: Preset) -> dict[str, Any] | None:
    """Return how many of the unit's hazards it found itself, among what the reader can see."""
    return _share(share_of_unit(db.session(), actor, unit.id), preset)


def _share(found: Share, preset: Preset) -> dict[str, Any] | None:
    """Return both numbers, and the percentage where there are enough; None where there is none."""
    if not found.whole:
        return None
    is_enough = found.whole >= preset.city.settings.percent_from
    return {
        "own": found.part,
        "whole": found.whole,
        "share": percent(found.part, found.whole) if is_enough else "",
        "definition": _(SELF_FOUND.definition),
    }


def _tiles(unit_id: UUID, things: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    found = of_things(db.session(), things)
    return {thing: [_tile(unit_id, row) for row in rows] for thing, rows in found.items()}


def _tile(unit_id: UUID, row: Any) -> dict[str, Any]:
    tile: dict[str, Any] = {"title": _("Photo %(number)s", number=row.position)}
    tile["sealed"] = row.state is not State.SHOWN
    if row.state is State.SHOWN:
        here = {"unit_id": unit_id, "file_id": row.id}
        tile["url"] = url_for("declarations.file", **here)
        tile["thumb_url"] = url_for("declarations.file", **here, part="thumbnail")
    return tile


def file_of(unit_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """Return a file of a unit's own. Raises NotFound for one of anything else."""
    row = attachment(db.session(), file_id, case_id=unit_of(db.session(), unit_id).id)
    part = Part.THUMBNAIL if request.args.get("part") == "thumbnail" else Part.COPY
    key = secrets.in_use().key("attachments")
    data, media_type = content(row, store=store(), key=key, part=part)
    return Response(data, mimetype=media_type, headers={"Content-Disposition": "inline"})


def record_page(unit_id: UUID, inspection_id: UUID) -> str:
    """Show a self-inspection as it was recorded. Raises NotFound for one under way."""
    session, language = db.session(), current()
    row = queries.inspection(session, current_actor(), inspection_id)
    if row.unit_id != unit_id or row.finished_at is None:
        raise NotFound(inspection_id)
    preset = in_force(session, now())
    duty = preset.self_inspection.duties.get(row.duty)
    checklist = checklist_of(row.checklist) if row.checklist else None
    answers = {one.item: one for one in queries.answers_of(session, row.id)}
    results = {item: one.result for item, one in answers.items() if one.result}
    texts = [one.note_text_id for one in answers.values()] + [row.statement_text_id]
    said = words(session, filter(None, texts))
    tiles = _tiles(unit_id, [row.id, *(one.id for one in answers.values())])
    people = names_of_people(session, [row.finished_by] if row.finished_by else [])
    shown = []
    for item in checklist.items.values() if checklist else ():
        own = answers.get(item.id)
        result = own.result if own else None
        shown.append(
            {
                "id": item.id,
                "name": item.name.in_language(language),
                "result": result.label if result else _("not answered"),
                "tone": RESULT_TONES.get(result) if result else None,
                "note": said.get(own.note_text_id) or "" if own and own.note_text_id else "",
                "tiles": tiles[own.id] if own else [],
            }
        )
    return render_template(
        "handling/own_record.html",
        unit=unit_of(session, unit_id),
        name=duty.name.in_language(language) if duty else row.duty,
        row=row,
        checklist=checklist,
        rows=shown,
        counts=[
            (one.label, number)
            for one in Result
            if (number := sum(result is one for result in results.values()))
        ],
        score=score(checklist, results) if checklist else None,
        statement=(said.get(row.statement_text_id) or "") if row.statement_text_id else "",
        finished_by=people.get(row.finished_by, "") if row.finished_by else "",
        photos=tiles[row.id],
        found=[
            {"number": number, "url": url_for("declarations.unit", unit_id=unit_id), "item": item}
            for _id, number, item in queries.hazards_of(session, row.id)
        ],
    )


# accounts


def invited(unit_id: UUID, form: InviteForm) -> None:
    """Make the account of a valid form and queue the mail with its link."""
    session, moment = db.session(), now()
    preset = in_force(session, moment)
    given = {"name": form.name.data or "", "post": form.post.data or ""}
    account = invite(
        session, current_actor(), unit_id, preset, **given, email=form.email.data or "", now=moment
    )
    _mail(account, moment)


def mailed_again(unit_id: UUID, account_id: UUID) -> None:
    """Queue the mail with a new link for an account of the unit. Raises NotFound."""
    session, moment = db.session(), now()
    held = next(
        (one for one in accounts_of_unit(session, unit_id) if one.account_id == account_id), None
    )
    if held is None or not held.account.active or held.ends_on is not None:
        raise NotFound(account_id)
    _mail(reset_account(session, current_actor(), held.account, now=moment), moment)


def _mail(account: Any, moment: datetime) -> None:
    mark = generation_mark(account)
    queue_account_mail(
        db.session(), account.id, AccountMail.INVITATION, generation=mark, now=moment
    )
