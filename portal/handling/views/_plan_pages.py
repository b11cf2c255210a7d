"""What the pages of plans show, and what their presses do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf

from portal.access.kinds import Action, Actor, Role
from portal.access.policy import may, may_somewhere
from portal.accounts.queries import (
    GroupFacts,
    live_groups,
    names_of_people,
    people_between,
)
from portal.cases.queries import cases_shown, lesson_of, sweep_reasons
from portal.cases.services import may_go
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, NotFound, OutOfTurn
from portal.handling.forms.base import as_uuid
from portal.handling.forms.plans import DrawForm, PlanForm, reason_words
from portal.handling.forms.units import COLOUR_LABELS
from portal.handling.views._burden import visits_near
from portal.lessons.kinds import Like
from portal.lessons.queries import sweep_behind
from portal.plans import queries
from portal.plans.kinds import Act, PlanKind, Standing
from portal.plans.lifecycle import UNITS_MOST, Progress, standing
from portal.plans.queries import Draw, Published, StandingPlan, Visit
from portal.plans.services import draw_plan, population
from portal.presets.checklists import in_force_checklists
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.risk.draw import RULE
from portal.units.kinds import SIZE_LABELS, Size
from portal.units.queries import names_of_units, people_tied_to, units_of
from portal.web.filters import number, plain_day, short_time
from portal.web.language import current, listed
from portal.web.marks import place_name
from portal.web.pages import current_actor
from portal.web.signin import ROLES

TONES = {
    Standing.OVERDUE: "bad",
    Standing.WAITS_FOR_DRAW: "warn",
    Standing.DONE: "ok",
    Standing.RUNNING: "info",
}
JUDGES = (Role.DIRECTOR, Role.AUDITOR)
#: So many names of those that a plan fits stand on its page before it is published.
SHOWN = 10
FILTERS = {
    "sector": _l("Sector"),
    "place": _l("District or township"),
    "size": _l("Size class"),
    "colour": _l("Risk colour"),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the page, when, and by which rules."""

    actor: Actor
    now: datetime
    today: date
    preset: Preset
    language: str
    groups: Mapping[UUID, GroupFacts]

    def names(self, group_ids: Sequence[UUID | None]) -> str:
        """Return the names of groups; one that ended is left out."""
        found = (self.groups.get(one) for one in group_ids if one)
        joint = "、" if self.language.startswith("zh") else ", "
        return joint.join(one.name(self.language) for one in found if one)

    @property
    def own(self) -> UUID | None:
        """The one group for which the reader may plan; None: any."""
        return None if self.actor.role is Role.DIRECTOR else self.actor.group_id


def reader() -> Reader:
    """Return who looks."""
    moment = now()
    preset = in_force(db.session(), moment)
    today = moment.astimezone(preset.limits.zone).date()
    groups = live_groups(db.session(), on=today)
    return Reader(current_actor(), moment, today, preset, current(), groups)


# all plans


def all_of_them() -> dict[str, Any]:
    """Return the plans that the reader may know of, with how far each is."""
    who, after = reader(), as_uuid(request.args.get("after"))
    found = queries.plans(db.session(), who.actor, after=after)
    following = found[-1].plan.id if len(found) == queries.PAGE else None
    return {
        "next_url": url_for("plans.index", after=following) if following else None,
        "first_url": url_for("plans.index") if after else None,
        "rows": [
            {
                "url": url_for("plans.plan", plan_id=one.plan.id),
                "title": one.plan.title,
                "kind": one.plan.kind.label,
                "groups": who.names(one.plan.group_ids),
                "days": _days(one.plan),
                "done": _done(one.facts.progress),
                **_standing(standing(one.facts, who.today)),
            }
            for one in found
        ],
        "may_make": may(who.actor, Action.MANAGE_PLANS),
        "coverage_url": _coverage_url(who.actor),
    }


def _coverage_url(actor: Actor) -> str | None:
    return url_for("coverage.index") if may(actor, Action.READ_COVERAGE) else None


def _standing(found: Standing) -> dict[str, Any]:
    return {"standing": found.label, "tone": TONES.get(found)}


def _days(plan: StandingPlan) -> str:
    return f"{plain_day(plan.starts_on, True)} – {plain_day(plan.ends_on, True)}"


def _done(done: Progress) -> str:
    if not done.total:
        return "—"
    return str(_("%(done)s of %(total)s", done=number(done.done), total=number(done.total)))


# a new one


def fitted() -> PlanForm:
    """Return the form of a plan with its lists."""
    form, who = PlanForm(), reader()
    checklists = in_force_checklists(db.session(), who.now)
    form.suit(who.preset, who.language, who.groups, checklists, own=who.own)
    return form


def fresh() -> PlanForm:
    """Return the form with what is usual in it."""
    form, who = fitted(), reader()
    form.begin(who.today, who.own)
    return form


def form_page(form: PlanForm) -> str:
    """Return the page that asks what is to be inspected."""
    return render_template("handling/plan_form.html", form=form, csrf_token=generate_csrf())


# one plan


def page(plan_id: UUID, form: DrawForm, *, problem: str = "") -> str:
    """Return the page of a plan."""
    who, session = reader(), db.session()
    plan = queries.plan(session, who.actor, plan_id)
    fixed, draw = queries.published(session, plan_id), queries.draw_of(session, plan_id)
    facts = queries.facts(session, plan)
    is_own = may(who.actor, Action.MANAGE_PLANS) and who.own in (None, *plan.group_ids)
    is_draft = fixed is None and plan.dropped_at is None
    return render_template(
        "handling/plan.html",
        plan=plan,
        form=form,
        problem=problem,
        csrf_token=generate_csrf(),
        facts=_facts(plan, who),
        progress=facts.progress,
        **_standing(standing(facts, who.today)),
        is_draft=is_draft,
        may_publish=is_own and is_draft,
        fits=_fits(plan, who, is_draft=is_draft),
        fixed=_fixed(fixed, draw, plan, who),
        may_draw=is_own and fixed is not None and plan.draw_count is not None,
        is_drawn=draw is not None,
        is_early=plan.seed_on is not None and who.today < plan.seed_on,
        **_visits(plan, fixed, who),
        knew=_knew(plan, who),
        acts=list(_acts(plan, who)),
    )


def _facts(plan: StandingPlan, who: Reader) -> list[dict[str, str]]:
    checklists = in_force_checklists(db.session(), who.now)
    named = checklists.get(plan.checklist)
    rows = [
        (_("Kind of plan"), plan.kind.label),
        (_("Groups"), who.names(plan.group_ids) or "—"),
        (_("Days"), _days(plan)),
        (_("Checklist"), named.name.in_language(who.language) if named else plan.checklist),
    ]
    for name, label in FILTERS.items():
        if value := plan.wanted.get(name):
            rows.append((str(label), _filter_words(name, value, who)))
    if plan.picked:
        rows.append((_("Units"), _("Named one by one")))
    if plan.draw_count:
        rows.append((_("Units drawn"), number(plan.draw_count)))
        rows.append((_("Inspectors for each"), number(plan.people_each)))
    return [{"name": name, "value": value} for name, value in rows]


def _filter_words(name: str, value: str, who: Reader) -> str:
    if name == "size":
        return str(SIZE_LABELS[Size(value)])
    if name == "colour":
        return str(COLOUR_LABELS[value])
    if name == "sector":
        words = who.preset.taxonomy.sectors.get(value)
        return words.in_language(who.language) if words else value
    district = value.partition(".")[0]
    town = value if value != district else None
    found: str = place_name(district, town, who.preset, who.language)
    return found


def _fits(plan: StandingPlan, who: Reader, *, is_draft: bool) -> dict[str, Any] | None:
    """Return how many units a draft fits today, and some of them: those first that are visited
    close to its days already. Of more units than anybody walks through nothing is said of that.
    """
    if not is_draft:
        return None
    session = db.session()
    units = sorted(population(session, plan))
    near = visits_near(plan, units, who) if len(units) <= UNITS_MOST else {}
    units.sort(key=lambda unit: unit not in near)
    shown = names_of_units(session, units[:SHOWN])
    return {
        "count": len(units),
        "near": len(near),
        "apart": who.preset.city.settings.visits_apart_days,
        "some": [
            {
                "name": name,
                "url": url_for("units.unit", unit_id=unit),
                "near": near.get(unit, ()),
            }
            for unit, name in sorted(shown.items(), key=lambda one: (one[0] not in near, one[1]))
        ],
    }


def _fixed(
    fixed: Published | None, draw: Draw | None, plan: StandingPlan, who: Reader
) -> dict[str, Any] | None:
    """Return what was fixed before the draw, and the draw."""
    if fixed is None:
        return None
    source = fixed.source or {}
    return {
        "when": short_time(fixed.published_at),
        "units": len(fixed.population),
        "people": len({one for those in fixed.people.values() for one in those}),
        "population_hash": fixed.population_hash,
        "people_hash": fixed.people_hash,
        "source": source.get("zh" if who.language.startswith("zh") else "en"),
        "seed_on": plain_day(plan.seed_on, True) if plan.seed_on else "",
        "number": draw.number if draw else "",
        "seed": draw.seed if draw else "",
        "drawn": short_time(draw.drawn_at) if draw else "",
        "rule": RULE,
        "plan": str(plan.id),
        "count": plan.draw_count,
        "each": plan.people_each,
    }


def _visits(plan: StandingPlan, fixed: Published | None, who: Reader) -> dict[str, Any]:
    """Return a page of the units to be visited."""
    session, after = db.session(), _position(request.args.get("after"))
    found = queries.visits(session, plan.id, after=after) if fixed else []
    units = units_of(session, [one.row.unit_id for one in found])
    named = {one for visit in found for one in (*visit.row.inspectors, *visit.row.left_out)}
    people = names_of_people(session, named | {p for visit in found for p in visit.inspectors})
    shown = cases_shown(session, who.actor, [v.row.case_id for v in found if v.row.case_id])
    # What failed at a unit is known to those who judge all plans, and to those who go there.
    is_own = who.actor.role in JUDGES or who.actor.group_id in plan.group_ids
    left = [one.row.unit_id for one in found if one.row.begun_at is None]
    near = visits_near(plan, left, who) if plan.ends_on >= who.today else {}
    why = sweep_reasons(session, plan.id) if found and is_own else {}
    is_last = len(found) < queries.PAGE
    return {
        "visits": [
            {
                **_visit(one, plan, units[one.row.unit_id], people, shown, who),
                "why": listed(Like(like).label for like in why.get(str(one.row.unit_id), ())),
                "near": near.get(one.row.unit_id, ()),
            }
            for one in found
        ],
        "lesson_url": _lesson_url(plan, who),
        "next_url": None if is_last else _here(plan, after=found[-1].row.position),
        "first_url": _here(plan) if after else None,
    }


def _lesson_url(plan: StandingPlan, who: Reader) -> str | None:
    """Return the lesson of whose sweep the plan came, for who may read it."""
    found = sweep_behind(db.session(), plan.id)
    if found is None:
        return None
    try:
        one = lesson_of(db.session(), who.actor, found.lesson_id)
    except NotFound:
        return None
    return url_for("lessons.lesson", lesson_id=one.id)


def _here(plan: StandingPlan, **more: Any) -> str:
    return url_for("plans.plan", plan_id=plan.id, **more)


def _position(typed: str | None) -> int:
    is_number = typed is not None and typed.isascii() and typed.isdigit() and len(typed) < 9
    return int(typed or 0) if is_number else 0


def _visit(
    visit: Visit,
    plan: StandingPlan,
    unit: Any,
    people: Mapping[UUID, str],
    shown: Mapping[UUID, str],
    who: Reader,
) -> dict[str, Any]:
    row = visit.row
    goes = row.case_id is None and may_go(who.actor, plan, row)
    tied = goes and who.actor.person_id in people_tied_to(db.session(), unit.id)
    may_open = goes and not tied and who.today >= plan.starts_on and plan.dropped_at is None
    return {
        "position": row.position,
        "unit": unit.name,
        "place": place_name(unit.jurisdiction, unit.township, who.preset, who.language),
        "url": url_for("units.unit", unit_id=unit.id),
        "group": who.names([row.group_id]) or who.names(plan.group_ids),
        "people": [people.get(one, "") for one in row.inspectors],
        "left_out": [people.get(one, "") for one in row.left_out],
        "nobody": plan.draw_count is not None and not row.inspectors,
        "by": [people.get(one, "") for one in visit.inspectors],
        "is_done": visit.is_done,
        "begun": short_time(row.begun_at) if row.begun_at else "",
        "is_tied": tied,
        "case": shown.get(row.case_id) if row.case_id else None,
        "case_url": url_for("cases.case", case_id=row.case_id) if row.case_id in shown else None,
        "visit_url": url_for("plans.visit", plan_id=plan.id, unit_id=unit.id) if may_open else None,
    }


def _knew(plan: StandingPlan, who: Reader) -> list[dict[str, Any]]:
    """Return who could know of unannounced visits from the day on which they were planned."""
    if plan.kind is not PlanKind.UNANNOUNCED:
        return []
    first = plan.made_at.astimezone(who.preset.limits.zone).date()
    roles = (Role.DIRECTOR, Role.AUDITOR)
    found = people_between(db.session(), plan.group_ids, roles, first, who.today)
    return [
        {"name": name, "post": post, "as": who.names([group_id]) or str(ROLES[role])}
        for name, post, group_id, role in found
    ]


def _acts(plan: StandingPlan, who: Reader) -> Iterator[dict[str, Any]]:
    """Yield what the history says of the plan, visits left out: they stand beside their units."""
    acts = [
        one
        for one in queries.acts_of(db.session(), plan.id)
        if one.payload["act"] != Act.VISIT_BEGUN
    ]
    people = names_of_people(db.session(), [one.person_id for one in acts if one.person_id])
    for one in acts:
        act = Act(one.payload["act"])
        yield {
            "when": short_time(one.at),
            "what": act.label,
            "who": people.get(one.person_id, "") if one.person_id else "",
            "is_bad": act is Act.DRAW_REFUSED,
        }


# presses


def pressed(plan_id: UUID, act: Callable[..., Any], said: str) -> ResponseReturnValue:
    """Publish or drop a plan; what cannot stand is said on its page."""
    back = url_for("plans.plan", plan_id=plan_id)
    if not FlaskForm().validate():
        return redirect(back, 303)
    who = reader()
    more = {} if act.__name__ == "drop_plan" else {"preset": who.preset}
    try:
        act(db.session(), who.actor, plan_id, now=who.now, **more)
    except Incomplete as lack:
        return page(plan_id, DrawForm(formdata=None), problem=reason_words(lack)), 422
    except OutOfTurn as refusal:
        flash(reason_words(refusal), "error")
        return redirect(back, 303)
    flash(said)
    return redirect(back, 303)


def drawn(plan_id: UUID, form: DrawForm) -> ResponseReturnValue:
    """Draw, or say that it was done before: a redirect, since the history keeps the try.

    Raises Incomplete for a number that cannot be.
    """
    who = reader()
    try:
        is_first = draw_plan(
            db.session(), who.actor, plan_id, form.number.data or "", who.preset, now=who.now
        )
        if is_first:
            flash(_("Drawn. Who goes where stands below."))
        else:
            flash(
                _("This plan was drawn before. Nothing changed, and the history keeps your try."),
                "error",
            )
    except OutOfTurn as refusal:
        flash(reason_words(refusal), "error")
    return redirect(url_for("plans.plan", plan_id=plan_id), 303)


def sheet(plan_id: UUID) -> list[tuple[str, ...]]:
    """Return everything from which a draw follows, and what came of it, as rows."""
    who, session = reader(), db.session()
    plan = queries.plan(session, who.actor, plan_id)
    fixed, draw = queries.published(session, plan_id), queries.draw_of(session, plan_id)
    if fixed is None or not may_somewhere(who.actor, Action.READ_PLANS):
        raise NotFound(plan_id)
    names = names_of_units(session, fixed.population)
    pool = {UUID(one) for those in fixed.people.values() for one in those}
    people = names_of_people(session, pool)
    return list(_sheet(plan, fixed, draw, names, people))


def _sheet(
    plan: StandingPlan,
    fixed: Published,
    draw: Draw | None,
    names: Mapping[UUID, str],
    people: Mapping[UUID, str],
) -> Iterator[tuple[str, ...]]:
    yield ("what", "id", "other", "name")
    yield ("rule", RULE, "", "")
    yield ("plan", str(plan.id), "", plan.title)
    yield ("count", str(plan.draw_count or 0), "", "")
    yield ("each", str(plan.people_each), "", "")
    yield ("units", fixed.population_hash, "", "")
    yield ("people", fixed.people_hash, "", "")
    if draw:
        yield ("number", draw.number, "", "")
        yield ("seed", draw.seed, "", "")
    for unit in sorted(fixed.population):
        yield ("unit", str(unit), "", names.get(unit, ""))
    for group, those in sorted(fixed.people.items()):
        for person in those:
            yield ("person", person, group, people.get(UUID(person), ""))
    for unit_id, person in draw.ties if draw else ():
        yield ("tie", unit_id, person, "")
    for row in queries.drawn_rows(db.session(), plan.id) if draw else ():
        chosen = " ".join(map(str, row.inspectors))
        yield ("drawn", str(row.unit_id), chosen, names.get(row.unit_id, ""))
