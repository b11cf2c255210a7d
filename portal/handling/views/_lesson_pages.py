"""What the pages of lessons show."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from portal.access.kinds import Action, Actor, Role
from portal.access.policy import may, may_somewhere
from portal.accounts.queries import group, live_groups, names_of_accounts, names_of_people
from portal.cases import queries as cases
from portal.cases.services import may_write, words_of
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.handling.forms.base import as_uuid
from portal.handling.forms.lessons import SaidForm, item_words, place_words
from portal.lessons import queries
from portal.lessons.kinds import EFFECT, FIELD_LABELS, FIELDS, Act, LessonState
from portal.lessons.lifecycle import OPEN_IN, Marked, Names, Wording, markings
from portal.lessons.queries import StandingLesson
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.units.kinds import SIZE_LABELS, Size
from portal.web.filters import day, number, short_day, short_time
from portal.web.language import current
from portal.web.marks import category_name
from portal.web.pages import current_actor

TONES = {
    LessonState.HANDED_IN: "warn",
    LessonState.READ: "warn",
    LessonState.PUBLISHED: "ok",
    LessonState.WITHDRAWN: "bad",
}
HTML_LANG = {"zh_Hans_CN": "zh-Hans", "en": "en"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the page, when, and by which rules."""

    actor: Actor
    now: datetime
    preset: Preset
    language: str

    @property
    def own(self) -> UUID | None:
        """The one group for which the reader may plan; None: any."""
        return None if self.actor.role is Role.DIRECTOR else self.actor.group_id


def reader() -> Reader:
    """Return who looks."""
    moment = now()
    return Reader(current_actor(), moment, in_force(db.session(), moment), current())


# all lessons


def all_of_them() -> dict[str, Any]:
    """Return the lessons that the reader may know of, those changed last first."""
    who, session = reader(), db.session()
    state = request.args.get("state", "")
    state = state if state in set(LessonState) else ""
    after = _key(request.args.get("after"))
    found = cases.lessons_listed(session, who.actor, state=state, after=after)
    counts = cases.lessons_counted(session, who.actor)
    last = found[-1].lesson if len(found) == queries.PAGE else None
    own: dict[str, Any] = {"state": state} if state else {}
    following = f"{last.changed_at.isoformat()}~{last.id}" if last else None
    return {
        "counts": [
            {
                "number": counts.get(one, 0),
                "text": one.label,
                "url": url_for("lessons.index", state=one.value),
                "current": one.value == state,
            }
            for one in LessonState
        ],
        "clear_url": url_for("lessons.index") if state else None,
        "rows": [row(one.lesson, one.wording, who) for one in found],
        "next_url": url_for("lessons.index", **own, after=following) if following else None,
        "first_url": url_for("lessons.index", **own) if after else None,
        "reach_url": url_for("lessons.reach") if may(who.actor, Action.SWEEP_LESSON) else None,
        "may_draft": may_somewhere(who.actor, Action.DRAFT_LESSON),
    }


def row(one: StandingLesson, said: Wording, who: Reader) -> dict[str, Any]:
    """Return a lesson as a line of a list."""
    return {
        "url": url_for("lessons.lesson", lesson_id=one.id),
        "title": title_of(said),
        "lang": HTML_LANG.get(one.language),
        "kind": one.kind.label,
        "where": category_name(one.category, who.preset, who.language)
        or sector_words(one.sector, who),
        "changed": short_day(one.changed_at),
        "state": one.state.label,
        "tone": TONES.get(one.state),
    }


def title_of(said: Wording) -> str:
    """Return the title; that it was erased, where the law asked for it."""
    return said.title or str(_("Erased as the law asks."))


def sector_words(code: str | None, who: Reader) -> str:
    """Return a sector in words, "" for none."""
    named = who.preset.taxonomy.sectors.get(code or "")
    return named.in_language(who.language) if named else code or ""


def _key(typed: str | None) -> tuple[datetime, UUID] | None:
    moment, _tilde, id_ = (typed or "").rpartition("~")
    known = as_uuid(id_)
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (at, known) if known and at.tzinfo else None


# one lesson


def page(lesson_id: UUID, form: SaidForm | None = None, *, problem: str = "") -> str:
    """Return the page of a lesson."""
    who, session = reader(), db.session()
    one = cases.lesson_of(session, who.actor, lesson_id)
    said = queries.wordings(session, [one])[one.id]
    reads_draft = may(who.actor, Action.READ_DRAFTS)
    marks = _marks(one, said) if reads_draft and one.state is not LessonState.PUBLISHED else {}
    left = [m for found in marks.values() for m in found if m.words not in said.kept]
    form = form or SaidForm(formdata=None)
    form.seen.data = one.version
    return render_template(
        "handling/lesson.html",
        lesson=one,
        named=title_of(said),
        lang=HTML_LANG.get(one.language),
        form=form,
        problem=problem,
        csrf_token=generate_csrf(),
        state=one.state.label,
        tone=TONES.get(one.state),
        parts=_parts(one, said, marks),
        warned=_warned(left),
        kept=said.kept if marks else (),
        facts=_facts(one, said, who),
        conditions=_conditions(one, who),
        said=queries.said_of(session, one) if reads_draft else {},
        may_do=_may_do(one, who),
        sources=_sources(one, who),
        effect=_effect(one, who),
        acts=list(_acts(one, who)) if reads_draft else [],
        public_url=url_for("open.lesson", lesson_id=one.id)
        if one.state is LessonState.PUBLISHED
        else None,
    )


def names_of(one: StandingLesson, said: Wording) -> Names:
    """Return what may stand in a lesson and names somebody or a place."""
    session = db.session()
    return cases.names_in(session, queries.case_ids(session, one.id), words_of(said))


def _marks(one: StandingLesson, said: Wording) -> dict[str, list[Marked]]:
    names = names_of(one, said)
    return {name: markings(text, names) for name, text in said.parts.items()}


def _warned(left: Sequence[Marked]) -> list[dict[str, str]]:
    found = dict.fromkeys((one.kind, one.words) for one in left)
    return [{"kind": kind.label, "words": words} for kind, words in found]


def _parts(
    one: StandingLesson, said: Wording, marks: Mapping[str, Sequence[Marked]]
) -> list[dict[str, Any]]:
    """Return each part with its pieces; what may name somebody is marked, what may stay is not."""
    return [
        {
            "name": str(FIELD_LABELS[name]),
            "pieces": list(pieces(said.said.get(name, ""), marks.get(name, ()), said.kept)),
            "empty": not said.said.get(name, "").strip(),
        }
        for name in FIELDS[one.kind]
    ]


def pieces(
    text: str, found: Sequence[Marked], kept: Sequence[str] = ()
) -> Iterator[dict[str, str]]:
    """Yield a text cut where something is marked."""
    at = 0
    for one in found:
        if one.words in kept:
            continue
        yield {"words": text[at : one.start], "kind": ""}
        yield {"words": one.words, "kind": one.kind.label}
        at = one.end
    yield {"words": text[at:], "kind": ""}


def _facts(one: StandingLesson, said: Wording, who: Reader) -> list[dict[str, str]]:
    session = db.session()
    wrote = group(session, one.group_id)
    by = {True: wrote.name_zh, False: wrote.name_en} if wrote else {}
    operator = who.preset.city.operator.in_language(who.language)
    rows = [
        (_("Kind of lesson"), one.kind.label),
        (_("Kind of hazard"), category_name(one.category, who.preset, who.language) or "—"),
        (_("Sector"), sector_words(one.sector, who) or "—"),
        (_("Written by"), by.get(who.language.startswith("zh"), operator)),
    ]
    if may(who.actor, Action.READ_DRAFTS):
        people = names_of_people(session, [p for p in (one.read_by, one.published_by) if p])
        names = names_of_accounts(session, [one.drafted_by])
        rows.append((_("Author"), names.get(one.drafted_by, "")))
        rows.append((_("Read by"), people.get(one.read_by, "—") if one.read_by else "—"))
        if one.published_by:
            rows.append((_("Approved by"), people.get(one.published_by, "")))
    if one.published_at:
        rows.append((_("Published on"), day(one.published_at, year=True)))
    return [{"name": name, "value": value} for name, value in rows]


def _conditions(one: StandingLesson, who: Reader) -> list[dict[str, str]]:
    items = item_names(one, who)
    named = {
        "sectors": (_("Sector"), [sector_words(c, who) for c in one.conditions["sectors"]]),
        "items": (_("Failed item"), [items.get(c, c) for c in one.conditions["items"]]),
        "sizes": (_("Size class"), [str(SIZE_LABELS[Size(c)]) for c in one.conditions["sizes"]]),
        "places": (
            _("Place"),
            [place_words(c, who.preset, who.language) for c in one.conditions["places"]],
        ),
    }
    mark = "；" if who.language.startswith("zh") else "; "
    return [{"name": name, "value": mark.join(said)} for name, said in named.values() if said]


def item_names(one: StandingLesson, who: Reader) -> dict[str, str]:
    """Return the items of a lesson in words, as the cases' checklists said them."""
    found = cases.items_of(db.session(), queries.case_ids(db.session(), one.id))
    return {code: item_words(code, found, who.language) for code in one.conditions["items"]}


def _may_do(one: StandingLesson, who: Reader) -> dict[str, bool]:
    """Return which acts the page offers; who wrote on it is told why it can't read it."""
    session, actor = db.session(), who.actor
    writes = may_somewhere(actor, Action.DRAFT_LESSON) and may_write(session, actor, one)
    is_own = actor.person_id in queries.writers(session, one.id)
    asked = {
        "edit": writes,
        "hand_in": writes,
        "send_back": may(actor, Action.REVIEW_LESSON) and not is_own,
        "read": may(actor, Action.REVIEW_LESSON) and not is_own,
        "publish": may(actor, Action.PUBLISH_LESSON),
        "withdraw": may(actor, Action.PUBLISH_LESSON),
        "sweep": may(actor, Action.SWEEP_LESSON),
    }
    found = {name: yes and one.state in OPEN_IN[name] for name, yes in asked.items()}
    waits = one.state is LessonState.HANDED_IN and may(actor, Action.REVIEW_LESSON)
    return {**found, "is_own": is_own and waits}


def _sources(one: StandingLesson, who: Reader) -> list[dict[str, str]]:
    session = db.session()
    shown = cases.cases_shown(session, who.actor, queries.case_ids(session, one.id))
    return [
        {"number": number_, "url": url_for("cases.case", case_id=case_id)}
        for case_id, number_ in sorted(shown.items(), key=lambda pair: pair[1])
    ]


def _effect(one: StandingLesson, who: Reader) -> dict[str, Any] | None:
    """Return what came of a published lesson, as far as the reader sees the cases that tell."""
    if one.published_at is None or not may(who.actor, Action.READ_DRAFTS):
        return None
    session = db.session()
    found = cases.effect_of(session, who.actor, one, who.preset)
    rows = [
        (_("Used"), number(found.used)),
        (_("Not fitting"), number(found.not_fitting)),
        (_("Came back at its units"), _of(found.recurred, found.units)),
        (_("Units swept"), number(found.planned)),
        (_("Of them visited"), _of(found.visited, found.planned)),
        (_("Of the visited, had it"), _of(found.had_it, found.visited)),
        (_("Of the visited, came back after the visit"), _of(found.came_back, found.visited)),
    ]
    months = who.preset.city.settings.lessons_recur_months
    return {
        "rows": [{"name": name, "value": value} for name, value in rows],
        "definition": str(EFFECT) % {"months": months},
        "plans": [
            {"url": url_for("plans.plan", plan_id=plan_id), "title": title}
            for plan_id, title in cases.sweep_plans(session, who.actor, one.id)
        ],
    }


def _of(part: int, whole: int) -> str:
    return str(_("%(done)s of %(total)s", done=number(part), total=number(whole)))


def _acts(one: StandingLesson, who: Reader) -> Iterator[dict[str, str]]:
    """Yield what the history says of a lesson; a sweep or a case only to who may know of it."""
    session = db.session()
    acts = queries.acts_of(session, one.id)
    people = names_of_people(session, [act.person_id for act in acts if act.person_id])
    told = {UUID(act.payload["case"]) for act in acts if act.payload.get("case")}
    shown = cases.cases_shown(session, who.actor, told)
    plans = {plan_id for plan_id, _title in cases.sweep_plans(session, who.actor, one.id)}
    for act in acts:
        case, plan = act.payload.get("case"), act.payload.get("plan")
        if (case and UUID(case) not in shown) or (plan and UUID(plan) not in plans):
            continue
        yield {
            "when": short_time(act.at),
            "what": Act(act.payload["act"]).label,
            "who": people.get(act.person_id, "") if act.person_id else "",
        }


def groups_now(who: Reader) -> Mapping[UUID, Any]:
    """Return the groups of today."""
    today = who.now.astimezone(who.preset.limits.zone).date()
    return live_groups(db.session(), on=today)
