"""Sorting many at once: what can go as proposed, and several that are the same matter."""

from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from portal.access.kinds import Actor
from portal.cases import queries
from portal.cases.kinds import Priority
from portal.cases.lifecycle import commands as c
from portal.cases.queries import Ready
from portal.cases.services import accept_and_dispatch, move_case
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import Incomplete, NotFound
from portal.handling.forms.lists import place_of_text, place_text, sorting_args
from portal.handling.forms.words import reason_words
from portal.handling.views import _bulk
from portal.handling.views._intake import here_now
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.web.language import current
from portal.web.marks import category_name, place_name

#: Reports looked at for one page: each is compared with all others.
LOOKED_AT = 25


def ready_page() -> str:
    """Return the page of what can be accepted and dispatched as the rules propose."""
    session, actor, moment, preset, sorting = here_now()
    start = place_of_text(request.args.get("from"), sorting.order)
    looked, following = queries.ready_to_sort(
        session, actor, sorting, preset, now=moment, limit=LOOKED_AT, start=start
    )
    titles = queries.titles(session, [one.case for one in looked])
    args = sorting_args(sorting)
    next_from: dict[str, Any] = {"from": place_text(following)}
    return render_template(
        "handling/ready.html",
        ready=[_row(one, preset, titles) for one in looked if not one.lack],
        left_out=[_row(one, preset, titles) for one in looked if one.lack],
        next_url=url_for("intake.ready", **args, **next_from) if following else None,
        back_url=url_for("intake.waiting", **args),
        csrf_token=generate_csrf(),
    )


def _row(one: Ready, preset: Preset, titles: Any) -> dict[str, Any]:
    language = current()
    group = one.proposal.group
    return {
        "id": f"{one.case.id}.{one.case.version}",
        "number": one.case.number,
        "url": url_for("intake.report", case_id=one.case.id),
        "title": titles.get(one.case.id, ""),
        "category": category_name(one.proposal.category, preset, language),
        "place": place_name(one.case.jurisdiction, one.case.township, preset, language),
        "group": group.name(language) if group else "",
        "lack": reason_words(f"ready_{one.lack}", {}) if one.lack else "",
    }


def dispatch_all(values: list[str]) -> str:
    """Accept and dispatch each as proposed, in a unit of work of its own."""
    moment = now()
    preset = in_force(db.session(), moment)

    def act(session: Any, actor: Actor, case_id: UUID, seen: int) -> None:
        case = queries.case_of(session, actor, case_id)
        if case.version != seen and _is_done(case, actor, seen):
            return
        claimed = case.reports[0].claimed_category if case.reports else None
        proposal = queries.proposal_for(session, case, preset, now=moment, claimed=claimed)
        # Looked at anew: meanwhile another report may have come that looks alike.
        lack = queries.lack_for_bulk(session, actor, case, proposal, preset, now=moment)
        if lack:
            raise Incomplete("", f"ready_{lack}")
        accept = c.Accept(
            case_id=case_id,
            seen=seen,
            kind=case.kind,
            category=proposal.category or "",
            jurisdiction=case.jurisdiction or "",
            township=case.township,
        )
        accept_and_dispatch(
            session,
            actor,
            accept,
            shown_group_id=proposal.group.id if proposal.group else None,
            priority=Priority.NORMAL,
            suspected_major=False,
            now=moment,
        )

    results = _bulk.each(_bulk.chosen_of(values), act)
    return _bulk.result_page(
        results, title=_("Accept and dispatch as proposed"), back_url=url_for("intake.waiting")
    )


def _is_done(case: Any, actor: Actor, seen: int) -> bool:
    """Tell whether the same press, sent twice, has done it already."""
    return bool(case.dispatched_by == actor.account_id and case.version == seen + 2)


def merge_page(values: list[str]) -> str:
    """Return the page that asks into which of the chosen cases the others go."""
    session, actor, _moment, preset, _sorting = here_now()
    cases = []
    for case_id, seen in _bulk.chosen_of(values):
        try:
            cases.append((queries.case_of(session, actor, case_id), seen))
        except NotFound:
            continue
    cases.sort(key=lambda pair: pair[0].number)
    titles = queries.titles(session, [case for case, _seen in cases])
    return render_template(
        "handling/merge.html",
        rows=[
            {
                "id": case.id,
                "value": f"{case.id}.{seen}",
                "number": case.number,
                "title": titles.get(case.id, ""),
                "place": place_name(case.jurisdiction, case.township, preset, current()),
            }
            for case, seen in cases
        ],
        back_url=url_for("intake.waiting"),
        csrf_token=generate_csrf(),
    )


def merge_all(values: list[str], into: UUID) -> str:
    """Merge each of the chosen but the one that goes on, in a unit of work of its own."""
    moment = now()

    def act(session: Any, actor: Actor, case_id: UUID, seen: int) -> None:
        case = queries.case_of(session, actor, case_id)
        if case.merged_into == into:
            return
        command = c.Merge(case_id=case_id, seen=seen, into_id=into)
        move_case(session, actor, command, now=moment)

    chosen = [one for one in _bulk.chosen_of(values) if one[0] != into]
    results = _bulk.each(chosen, act)
    return _bulk.result_page(
        results, title=_("Merge into another case"), back_url=url_for("intake.waiting")
    )
