"""What the presses on the pages of lessons do."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import generate_csrf

from portal.access.kinds import Role
from portal.cases import queries as cases
from portal.cases import services
from portal.cases.queries import Material
from portal.cases.services import Seen
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, NotFound, OutOfTurn
from portal.foundation.transaction import finish
from portal.handling.forms.base import as_uuid
from portal.handling.forms.lessons import JudgeForm, LessonForm, SaidForm, reason_words
from portal.handling.views._lesson_pages import names_of, page, reader, title_of
from portal.lessons import queries
from portal.lessons.kinds import LessonKind
from portal.lessons.lifecycle import OPEN_IN, markings
from portal.lessons.queries import StandingLesson

SAID = {
    "hand_in_lesson": _l("Handed in. Somebody who did not write it reads it now."),
    "send_lesson_back": _l("Sent back with your note."),
    "pass_lesson": _l("Read. The director publishes it."),
    "publish_lesson": _l("Published. It is suggested from now on where it is needed."),
    "withdraw_lesson": _l("Withdrawn. The public does not see it any more."),
}


# writing


def asked_new() -> ResponseReturnValue:
    """Show the form of a new lesson from the cases that the address names."""
    who, kind, case_ids = reader(), _kind(), _cases_named()
    form = LessonForm(formdata=None)
    try:
        found = services.material_of(db.session(), who.actor, case_ids, who.preset)
    except OutOfTurn as refusal:
        return _refused_at(case_ids[0], refusal)
    form.suit(kind, found, who.preset, who.language)
    form.begin(found, who.language)
    form.offer_words(())
    return _form_page(form, kind, found.cases)


def _refused_at(case_id: UUID, refusal: OutOfTurn) -> ResponseReturnValue:
    flash(reason_words(refusal), "error")
    return redirect(url_for("cases.case", case_id=case_id), 303)


def _kind() -> LessonKind:
    named = request.args.get("kind", "")
    if named not in set(LessonKind):
        raise NotFound(named)
    return LessonKind(named)


def _cases_named() -> list[UUID]:
    """Return the cases of the address. Raises NotFound for rubbish and for none."""
    found = [as_uuid(one) for one in request.args.getlist("case")]
    ids = [one for one in found if one is not None]
    if not ids or len(ids) != len(found) or len(ids) > 20:
        raise NotFound("cases")
    return list(dict.fromkeys(ids))


def make() -> ResponseReturnValue:
    """Write a lesson down; what may name somebody is shown on its page."""
    who, session, kind, case_ids = reader(), db.session(), _kind(), _cases_named()
    form = LessonForm()
    try:
        found = services.material_of(session, who.actor, case_ids, who.preset)
        form.suit(kind, found, who.preset, who.language)
        form.offer_words(())
        if form.validate():
            every = [*case_ids, *_further(form)]
            made = services.draft_lesson(
                session, who.actor, form.draft(kind), every, who.preset, now=who.now
            )
            flash(_("The draft is kept. Look at what may name somebody, then hand it in."))
            return redirect(url_for("lessons.lesson", lesson_id=made), 303)
    except Incomplete as lack:
        finish(session, keep=False)
        form.point_at(lack)
    except OutOfTurn as refusal:
        return _refused_at(case_ids[0], refusal)
    return _form_page(form, kind, found.cases), 422


def _further(form: LessonForm) -> list[UUID]:
    """Return the further cases that were named. Raises Incomplete for one that is not there."""
    numbers = form.numbers()
    known = cases.closed_numbered(db.session(), reader().actor, numbers)
    for number in numbers:
        if number not in known:
            raise Incomplete("more_cases", "lesson_case_unknown", number=number[:20])
    return list(known.values())


def _form_page(
    form: LessonForm, kind: LessonKind, sources: Sequence[Any], one: StandingLesson | None = None
) -> str:
    session = db.session()
    title = title_of(queries.wordings(session, [one])[one.id]) if one else ""
    args: dict[str, Any] = {"kind": kind.value, "case": [str(case.id) for case in sources]}
    return render_template(
        "handling/lesson_form.html",
        form=form,
        kind=kind,
        lesson=one,
        named=title,
        sources=[(case.number, url_for("cases.case", case_id=case.id)) for case in sources],
        action=url_for("lessons.edit", lesson_id=one.id)
        if one
        else url_for("lessons.make", **args),
        back_url=url_for("lessons.lesson", lesson_id=one.id)
        if one
        else url_for("cases.case", case_id=sources[0].id),
        csrf_token=generate_csrf(),
    )


def asked_edit(lesson_id: UUID) -> ResponseReturnValue:
    """Show a lesson in its form."""
    one, found = _opened(lesson_id)
    said = queries.wordings(db.session(), [one])[one.id]
    form = LessonForm(formdata=None)
    form.suit(one.kind, found, reader().preset, reader().language)
    del form.more_cases
    form.fill(one, said)
    form.offer_words(_found_in(one))
    return _form_page(form, one.kind, found.cases, one)


def _opened(lesson_id: UUID) -> tuple[StandingLesson, Material]:
    """Return a lesson that can be edited, with what its cases show. Raises NotFound, NotAllowed."""
    who, session = reader(), db.session()
    one = cases.lesson_of(session, who.actor, lesson_id)
    if one.state not in OPEN_IN["edit"]:
        raise OutOfTurn("lesson_not_now")
    return one, services.own_material(session, who.actor, one, who.preset)


def _found_in(one: StandingLesson) -> list[str]:
    """Return the words of a lesson that may name somebody."""
    said = queries.wordings(db.session(), [one])[one.id]
    names = names_of(one, said)
    return [found.words for text in said.parts.values() for found in markings(text, names)]


def edit(lesson_id: UUID) -> ResponseReturnValue:
    """Keep a new wording; if it has moved on meanwhile, what was typed stands in the form."""
    who, session, status = reader(), db.session(), 422
    one, found = _opened(lesson_id)
    form = LessonForm()
    form.suit(one.kind, found, who.preset, who.language)
    del form.more_cases
    form.offer_words(_found_in(one))
    try:
        if form.validate():
            seen, given = Seen(lesson_id, form.seen.data or 0), form.draft(one.kind)
            services.edit_lesson(session, who.actor, seen, given, who.preset, now=who.now)
            flash(_("The new wording is kept. It has to be read by a second person."))
            return redirect(url_for("lessons.lesson", lesson_id=lesson_id), 303)
    except Incomplete as lack:
        finish(session, keep=False)
        form.point_at(lack)
    except OutOfTurn as refusal:
        finish(session, keep=False)
        form.point_at(refusal)
        form.seen.data, status = cases.lesson_of(session, who.actor, lesson_id).version, 409
    return _form_page(form, one.kind, found.cases, one), status


# what is done with it


def pressed(
    lesson_id: UUID, act: Callable[..., None], field: str | None = None
) -> ResponseReturnValue:
    """Carry out an act on a lesson; `field` holds the words that go along."""
    who, session, form = reader(), db.session(), SaidForm()
    back = url_for("lessons.lesson", lesson_id=lesson_id)
    if not form.validate():
        return page(lesson_id, form), 422
    words = (form[field].data or "",) if field else ()
    seen = Seen(lesson_id, form.seen.data or 0)
    try:
        act(session, who.actor, seen, *words, who.preset, now=who.now)
    except Incomplete as lack:
        finish(session, keep=False)
        form.point_at(lack)
        return page(lesson_id, form, problem=_beyond(form, lack)), 422
    except OutOfTurn as refusal:
        finish(session, keep=False)
        return page(lesson_id, form, problem=reason_words(refusal)), 409
    flash(str(SAID[act.__name__]))
    return redirect(back, 303)


def _beyond(form: SaidForm, lack: Incomplete) -> str:
    """Return the sentence of what is lacking in the lesson itself, which this page has no field
    for.
    """
    return "" if lack.field in form else reason_words(lack)


def judge(lesson_id: UUID, case_id: UUID) -> ResponseReturnValue:
    """Keep whether a lesson was used at a case."""
    who, form = reader(), JudgeForm()
    try:
        if form.validate():
            given = (lesson_id, case_id, form.verdict.data or "")
            services.judge_lesson(db.session(), who.actor, *given, now=who.now)
            flash(_("Noted. It counts on the page of the lesson."))
    except (Incomplete, OutOfTurn) as refusal:
        finish(db.session(), keep=False)
        flash(reason_words(refusal), "error")
    sorts = who.actor.role is Role.DISPATCHER
    page_of = "intake.report" if sorts else "cases.case"
    return redirect(url_for(page_of, case_id=case_id) + "#lessons", 303)
