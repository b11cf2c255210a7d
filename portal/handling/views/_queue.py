"""Lists of cases in the shapes that templates and macros take."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf

from portal.access.kinds import Action, Actor, GroupKind, Role
from portal.access.policy import may_somewhere
from portal.accounts.queries import group, live_groups
from portal.cases import queries
from portal.cases.kinds import SOURCE_LABELS, STATE_LABELS, State, how_it_stands
from portal.cases.lifecycle.next_step import HANDLERS, next_step
from portal.cases.queries import Filter, Listed, Tally
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.handling.forms.bulk import ViewForm
from portal.handling.forms.lists import NAMES, args_of, key_of, key_text
from portal.handling.views._after import notice, step_words
from portal.handling.views._marks import due_of_case
from portal.presets.kinds import RISK_COLOURS, Preset
from portal.presets.queries import in_force
from portal.web.filters import clock_time, plain_day, short_day
from portal.web.language import current
from portal.web.marks import clock_name, last_day, place_name
from portal.web.pages import current_actor

#: Bulk moves that a role can be offered, with the word on the button.
BULK = {
    "sign_for": (_l("Sign for"), Action.SIGN_FOR),
    "assign_handler": (_l("Name the handler…"), Action.ASSIGN_HANDLER),
    "reassign": (_l("Reassign…"), Action.REASSIGN),
}
#: Stands in an address where each row puts its case's id.
PLACE = UUID(int=0)
WHEN = {
    "late": _l("late"),
    "soon": _l("due today or tomorrow"),
    "mine": _l("need a step from you"),
    "done": _l("closed in the last 30 days"),
}


def mine_count(session: Any, actor: Actor, moment: Any) -> int:
    """Return how many cases need the actor next: the number in the bar, by the page's own query."""
    return queries.tally(session, actor, in_force(session, moment), now=moment).mine


def waiting_count(session: Any, actor: Actor, moment: Any) -> int:
    """Return how many reports wait to be sorted."""
    return queries.desk_counts(session, actor, in_force(session, moment), now=moment).parts["all"]


def returned_count(session: Any, actor: Actor, moment: Any) -> int:
    """Return how many cases came back or ask to."""
    if actor.role is not Role.DISPATCHER:
        return queries.count_returned(session, actor)
    # Counted along with what waits.
    return queries.desk_counts(session, actor, in_force(session, moment), now=moment).came_back


def list_page(
    wanted: Filter,
    *,
    endpoint: str,
    title: str,
    order_words: str,
    view_form: FlaskForm | None = None,
) -> str:
    """Return a page with counts, filters, saved views, bulk bar, table and paging.

    `view_form` names a view and was refused: it stands on the page with its fault.
    """
    session, actor, moment = db.session(), current_actor(), now()
    preset, language = in_force(session, moment), current()
    after = key_of(request.args.get("after"))
    found = queries.listed(session, actor, wanted, preset, now=moment, after=after)
    counted = queries.tally(session, actor, preset, now=moment)
    args = args_of(wanted)
    return render_template(
        "handling/queue.html",
        heading=title,
        order_words=order_words,
        notice_of=notice(session, actor),
        left=left(wanted, preset, moment),
        counts=counts(counted, wanted, endpoint),
        filters=filters(wanted, counted, preset, language, moment),
        filter_action=url_for(endpoint),
        clear_url=url_for(endpoint) if any(name in request.args for name in NAMES) else None,
        kept={"when": wanted.when} if request.args.get("when") else {},
        rows=rows(found, preset, moment, language),
        bulk=bulk(),
        paging=paging(found, endpoint, args, has_before=after is not None),
        updated=_("As of %(time)s", time=clock_time(moment)),
        views=views(session, endpoint),
        save_args=_pairs(args) if any(name in request.values for name in NAMES) else [],
        view_form=view_form or ViewForm(formdata=None),
        save_endpoint=endpoint,
        csrf_token=generate_csrf(),
        empty=empty(session, wanted, moment),
    )


def left(wanted: Filter, preset: Preset, moment: datetime) -> dict[str, Any] | None:
    """Return how many cases of a lead's group wait for another handler, with their list."""
    session, actor = db.session(), current_actor()
    if actor.role is not Role.LEAD or wanted.left:
        return None
    own = group(session, actor.group_id)
    codes = frozenset({own.code}) if own else frozenset[str]()
    kept = Filter(groups=codes, left=True)
    count = queries.count_kept(session, actor, kept, preset, now=moment)
    url = url_for("queue.cases", groups=list(codes), left="1")
    return {"count": count, "url": url} if count else None


def _pairs(args: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, values in args.items()
        for value in (values if isinstance(values, list) else [values])
    ]


def counts(counted: Tally, wanted: Filter, endpoint: str) -> list[dict[str, Any]]:
    """Return the counts that filter."""
    others = counted.with_units + counted.with_others
    waiting = _(
        "wait for others: units %(units)s, groups and desks %(others)s",
        units=counted.with_units,
        others=counted.with_others,
    )
    found = [
        (counted.late, str(WHEN["late"]), "late", "bad"),
        (counted.soon, str(WHEN["soon"]), "soon", "warn"),
        (counted.mine, str(WHEN["mine"]), "mine", None),
        (others, waiting, "others", None),
    ]
    if wanted.when == "done":
        found.append((_kept(wanted), str(WHEN["done"]), "done", None))
    return [
        {
            "number": number,
            "text": text,
            "url": url_for(endpoint, when=when),
            "tone": tone if number else None,
            "current": wanted.when == when,
        }
        for number, text, when, tone in found
    ]


def _kept(wanted: Filter) -> int:
    """Return how many cases a filter keeps that looks at others than the open ones."""
    session, moment = db.session(), now()
    preset = in_force(session, moment)
    return queries.count_kept(session, current_actor(), wanted, preset, now=moment)


def filters(
    wanted: Filter, counted: Tally, preset: Preset, language: str, moment: datetime
) -> list[dict[str, Any]]:
    """Return the groups of boxes of the filter form."""
    taxonomy = preset.taxonomy
    states = [
        {
            "value": state.value,
            "label": str(STATE_LABELS[state]),
            "count": counted.states.get(state.value) if state is not State.CLOSED else None,
            "checked": state.value in wanted.states,
        }
        for state in State
    ]
    colours = [
        {"value": colour, "risk": colour, "checked": colour in wanted.colours}
        for colour in RISK_COLOURS
    ]
    colours.append({"value": "none", "risk": None, "checked": "none" in wanted.colours})
    sources = [
        {"value": code.value, "label": str(label), "checked": code.value in wanted.sources}
        for code, label in SOURCE_LABELS.items()
    ]
    own = [
        ("handler_me", _("I am the handler"), None),
        ("new_messages", _("Reporter wrote"), counted.messages),
        ("paused", _("Clocks paused"), counted.paused),
        ("left", _("Handler has left the group"), None),
    ]
    found = [
        {"name": "states", "label": _("State"), "items": states},
        {"name": "colours", "label": _("Risk"), "items": colours},
        {"name": "sources", "label": _("Source"), "items": sources},
        *(
            {
                "name": name,
                "label": _("Other") if name == own[0][0] else "",
                "items": [
                    {
                        "value": "1",
                        "label": label,
                        "count": count,
                        "checked": bool(getattr(wanted, name)),
                    }
                ],
            }
            for name, label, count in own
        ),
    ]
    places = [
        {
            "value": code,
            "label": one.name.in_language(language),
            "checked": code in wanted.jurisdictions,
        }
        for code, one in taxonomy.jurisdictions.items()
    ]
    found.append({"name": "jurisdictions", "label": _("District"), "items": places})
    found += _holders(wanted, preset, language, moment)
    if wanted.categories:
        chosen = [
            {
                "value": code,
                "label": taxonomy.categories[code].name.in_language(language),
                "checked": True,
            }
            for code in sorted(wanted.categories)
            if code in taxonomy.categories
        ]
        found.append({"name": "categories", "label": _("Category"), "items": chosen})
    return found


def _holders(
    wanted: Filter, preset: Preset, language: str, moment: datetime
) -> list[dict[str, Any]]:
    """Return the boxes of groups, and of desks where one was asked for."""
    actor = current_actor()
    sees_others = actor.role not in HANDLERS or actor.group_kind is GroupKind.SUPERVISION
    groups = live_groups(db.session(), on=moment.astimezone(preset.limits.zone).date())
    found = []
    for name, label, codes, is_shown in (
        ("groups", _("Group"), wanted.groups, sees_others or bool(wanted.groups)),
        ("desks", _("Desk"), wanted.desks, bool(wanted.desks)),
    ):
        items = [
            {"value": one.code, "label": one.name(language), "checked": one.code in codes}
            for one in groups.values()
            if (one.kind is GroupKind.DESK) == (name == "desks")
        ]
        if is_shown:
            found.append({"name": name, "label": label, "items": items})
    return found


def rows(found: Listed, preset: Preset, moment: Any, language: str) -> list[dict[str, Any]]:
    """Return a row for each case: what, what to do, time left, risk, state, handler."""
    actor = current_actor()
    today = moment.astimezone(preset.limits.zone).date()
    made = []
    # The same few words stand on every row.
    steps, states = lru_cache(step_words), lru_cache(how_it_stands)
    # To build an address takes longer than all else of a row.
    address = url_for("cases.case", case_id=PLACE)
    for case in found.cases:
        more = found.beside[case.id]
        step = next_step(case, actor, today, more.counts)
        place = place_name(case.jurisdiction, case.township, preset, language)
        clock = clock_name(case.next_clock, preset, language) if case.next_due_at else ""
        due_on = short_day(last_day(case.next_due_at), moment) if case.next_due_at else ""
        made.append(
            {
                "id": f"{case.id}.{case.version}",
                "number": case.number,
                "url": address.replace(str(PLACE), str(case.id)),
                "lead": more.title,
                "sub": " · ".join(part for part in (more.unit, place) if part),
                "step": steps(step),
                "mine": step.is_mine,
                "due": due_of_case(case, preset, moment),
                "clock": clock,
                "due_on": due_on,
                "colour": more.colour,
                "state": case.state.value,
                "label": states(case.state, case.resolution, case.source),
                "who": more.handler or "—",
            }
        )
    return made


def bulk() -> list[dict[str, Any]]:
    """Return the bulk moves that the actor's role has at all; each case is checked by itself."""
    actor = current_actor()
    return [
        {"name": "move", "value": move, "label": str(label), "go": move == "sign_for"}
        for move, (label, action) in BULK.items()
        if may_somewhere(actor, action)
    ]


def paging(
    found: Listed, endpoint: str, args: Mapping[str, Any], *, has_before: bool
) -> dict[str, Any]:
    """Return the links to the next page and to the first."""
    following = key_text(found.next_key)
    return {
        "next_url": url_for(endpoint, **args, after=following) if following else None,
        "next_label": found.next_number,
        "first_url": url_for(endpoint, **args) if has_before else None,
        "count": len(found.cases),
    }


def views(session: Any, endpoint: str) -> Sequence[dict[str, Any]]:
    """Return the actor's saved views as links, each with its way to be forgotten."""
    return [
        {
            "name": view.name,
            "url": url_for("queue.cases", **view.query),
            "drop_url": url_for("queue.drop", view_id=view.id),
        }
        for view in queries.saved_views(session, current_actor())
    ]


def empty(session: Any, wanted: Filter, moment: Any) -> str:
    """Say why the list is empty, and what comes."""
    if any(name in request.args for name in NAMES):
        return str(_("No case fits these filters."))
    if wanted.when != "mine":
        return str(_("Nothing waits here."))
    due = queries.nearest_due(session, current_actor(), now=moment)
    if due is None:
        return str(_("Nothing for you to do."))
    return str(
        _("Nothing for you to do. The next is due on %(day)s.", day=plain_day(last_day(due)))
    )
