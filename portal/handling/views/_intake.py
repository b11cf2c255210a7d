"""The pages of sorting: the list, one report with everything beside it, and what comes next."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import generate_csrf

from portal.cases import queries
from portal.cases.kinds import LIKENESS, Priority, State, state_words
from portal.cases.queries import Beside, Next, Place, Sorting, Suggestion, Waiting
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.handling.forms.base import MoveForm
from portal.handling.forms.intake import SortForm
from portal.handling.forms.lists import place_of_text, place_text, sorting_args, sorting_of
from portal.handling.forms.moves import MOVE_FORMS, form_for
from portal.handling.forms.words import EFFECTS, MOVES
from portal.handling.views import _drafts, _sheet
from portal.handling.views._after import DID, notice
from portal.handling.views._alarms import banners
from portal.handling.views._marks import due_of_case
from portal.handling.views._moving import title_of
from portal.handling.views._opened import Opened, at_case, opened
from portal.handling.views._routing import explanation
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.web.filters import day
from portal.web.language import current
from portal.web.marks import place_name
from portal.web.pages import current_actor

ORDERS = {
    "due": _l("Time left"),
    "oldest": _l("The oldest first"),
    "newest": _l("The newest first"),
    "place": _l("By place"),
}
ONLY = {
    "all": _l("All %(num)s"),
    "hot": _l("May be major, urgent %(num)s"),
    "late": _l("Late %(num)s"),
    "today": _l("Due today %(num)s"),
    "photos": _l("With photos %(num)s"),
    "hotline": _l("From 12345 %(num)s"),
    "returned": _l("Returned %(num)s"),
    "slow": _l("Slow lane %(num)s"),
    "aside": _l("Set aside %(num)s"),
}
#: Moves with a form of their own beside the report, with the key that opens it.
BESIDE = {"refuse": "n", "transfer_out": None, "split": None, "set_aside": "h"}
TABLE_ROWS = 25


def here_now() -> tuple[Any, Any, Any, Preset, Sorting]:
    """Return session, actor, moment, preset and the order and filter of the address."""
    session, moment = db.session(), now()
    return session, current_actor(), moment, in_force(session, moment), sorting_of(request.args)


def list_page() -> str:
    """Return the page of all that wait, with the way to begin."""
    session, actor, moment, preset, sorting = here_now()
    start = place_of_text(request.args.get("from"), sorting.order)
    seen = queries.window(
        session, actor, sorting, preset, now=moment, start=start, limit=TABLE_ROWS
    )
    args = sorting_args(sorting)
    first = seen.listed.cases[0] if seen.listed.cases else None
    return render_template(
        "handling/intake.html",
        notice_of=last_decision(session, actor, args),
        first_url=url_for("intake.report", case_id=first.id, **args) if first else None,
        first_number=first.number if first else "",
        ready_url=url_for("intake.ready", **args),
        pills=pills(seen, sorting, "intake.waiting"),
        orders=orders(sorting, "intake.waiting"),
        groups=groups(seen, preset, moment, args, present=None),
        sorted_today=seen.sorted_today,
        left=seen.counts["all"],
        alarms=banners(session, actor, preset),
        slow_left=seen.counts["slow"],
        is_ended=request.args.get("ended") == "1",
        clear_url=url_for("intake.waiting"),
        paging=_paging(seen, "intake.waiting", args, start),
        csrf_token=generate_csrf(),
    )


def _paging(
    seen: Waiting, endpoint: str, args: Mapping[str, Any], start: Place | None
) -> dict[str, Any]:
    following = place_text(seen.next_place)
    onwards: dict[str, Any] = {"from": following}
    values = {**args, **({"case_id": request.view_args["case_id"]} if request.view_args else {})}
    return {
        "next_url": url_for(endpoint, **values, **onwards) if following else None,
        "next_label": seen.listed.next_number,
        "first_url": url_for(endpoint, **values) if start is not None else None,
        "count": len(seen.listed.cases),
    }


def pills(seen: Waiting, sorting: Sorting, endpoint: str) -> list[dict[str, Any]]:
    """Return the parts of the list with their counts; empty ones only if one is in them."""
    return [
        {
            "text": str(words) % {"num": seen.counts[only]},
            "url": url_for(endpoint, **sorting_args(Sorting(order=sorting.order, only=only))),
            "current": sorting.only == only,
        }
        for only, words in ONLY.items()
        if seen.counts[only] or only in ("all", sorting.only)
    ]


def orders(sorting: Sorting, endpoint: str) -> list[dict[str, Any]]:
    """Return the orders to choose from."""
    return [
        {
            "text": str(words),
            "url": url_for(endpoint, **sorting_args(Sorting(order=order, only=sorting.only))),
            "current": sorting.order == order,
        }
        for order, words in ORDERS.items()
    ]


def groups(
    seen: Waiting, preset: Preset, moment: Any, args: Mapping[str, Any], present: UUID | None
) -> list[dict[str, Any]]:
    """Return the list as `portal_queue` takes it: what may be major or is urgent on top, the slow
    lane last.
    """
    language = current()
    hot: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    slow: list[dict[str, Any]] = []
    for case in seen.listed.cases:
        more = seen.listed.beside[case.id]
        entry = {
            "id": f"{case.id}.{case.version}",
            "number": case.number,
            "url": url_for("intake.report", case_id=case.id, **args),
            "title": more.title,
            "sub": place_name(case.jurisdiction, case.township, preset, language)
            or _("Place not settled"),
            "due": due_of_case(case, preset, moment),
            "tags": _tags(case, more, preset),
            "current": case.id == present,
        }
        lane = slow if case.id in seen.slow else hot if case.id in seen.hot else others
        lane.append(entry)
    counts = seen.counts
    total = counts["hot"] - counts["slow_hot"]
    left = max(counts["all"] - total - counts["slow"], len(others))
    parts = (
        (_("May be major, urgent"), total, hot),
        (_("Others"), left, others),
        (_("Slow lane"), counts["slow"], slow),
    )
    return [{"title": title, "count": num, "items": items} for title, num, items in parts if items]


def _tags(case: Any, more: Beside, preset: Preset) -> list[dict[str, Any]]:
    tags = []
    category = preset.taxonomy.categories.get(case.category or more.claimed or "")
    if case.suspected_major or (category and category.default_risk == "red"):
        tags.append({"text": _("May be major"), "kind": "bad"})
    if case.priority is Priority.URGENT or (category and category.urgent):
        tags.append({"text": Priority.URGENT.label, "kind": "bad"})
    if case.return_count:
        tags.append({"text": _("Returned"), "kind": "warn"})
    if category:
        tags.append({"text": category.name.in_language(current()), "kind": None})
    if more.photos:
        tags.append({"text": _("Photos: %(num)s", num=more.photos), "kind": None})
    return tags


def report_page(case_id: UUID, form: SortForm | None = None, asked: MoveForm | None = None) -> str:
    """Return one report with list, proposal, likely duplicates and moves.

    `asked` is the form of a move that was sent and lacks something: it stands open.
    """
    here = opened(case_id)
    sorting = sorting_of(request.args)
    args = sorting_args(sorting)
    sheet = queries.sheet_of(here.session, here.case)
    claimed = sheet.reports[0].claimed_category if sheet.reports else None
    settled = form.settled if form is not None else None
    proposal = queries.proposal_for(
        here.session, here.case, here.preset, now=here.now, claimed=claimed, settled=settled
    )
    form = form or SortForm(formdata=None)
    form.suit(sheet, proposal, here.preset, here.language)
    seen, start, place, following = _left(here, sorting)
    behind = place_text(place)
    alike = queries.likely_duplicates(here.session, here.actor, here.case, now=here.now)
    return render_template(
        "handling/report.html",
        **_sheet.content(here, sheet),
        queue_groups=groups(seen, here.preset, here.now, args, present=case_id),
        pills=pills(seen, sorting, "intake.waiting"),
        sorted_today=seen.sorted_today,
        left=seen.counts["all"],
        paging=_paging(seen, "intake.report", args, start),
        list_url=url_for("intake.waiting", **args),
        order_words=str(ORDERS[sorting.order]),
        next_number=following.number if following else None,
        case=here.case,
        heading=title_of(here, sheet),
        head=_sheet.head(here, sheet, None),
        promised=promised(here),
        form=form,
        choice_items=choice_items,
        proposal=explanation(proposal.explanation, here.preset, here.language),
        group=proposal.group.name(here.language) if proposal.group else "",
        alike=[suggestion(one) for one in alike],
        beside=beside(here, sheet, asked, behind),
        sort_url=url_for("intake.decide", case_id=case_id, move="sort", behind=behind, **args),
        merge_url=url_for("intake.decide", case_id=case_id, move="merge", behind=behind, **args),
        present=_sheet.present(here),
        alarms=banners(here.session, here.actor, here.preset),
        notice_of=last_decision(here.session, here.actor, args),
        can_sort=can_sort(here),
        refused=_sheet.moves(here, None)[1],
        csrf_token=generate_csrf(),
    )


def choice_items(field: Any) -> list[dict[str, Any]]:
    """Return the items of `portal_choice`."""
    return [
        {"value": choice.value, "label": choice.label, "checked": str(field.data) == choice.value}
        for choice in field.choices
    ]


def can_sort(here: Opened) -> bool:
    """Tell whether the one press is open: it waits at the actor's desk."""
    return here.case.state is State.RECEIVED and here.may("dispatch")


def _left(
    here: Opened, sorting: Sorting
) -> tuple[Waiting, Place | None, Place | None, Next | None]:
    """Return the list at the left and where it starts: at the top while the report stands there,
    else at the report; where the report stands; and which opens after it (None: it is the last).
    """
    session, actor, preset, moment = here.session, here.actor, here.preset, here.now
    given = start = place_of_text(request.args.get("from"), sorting.order)
    seen = queries.window(session, actor, sorting, preset, now=moment, start=start)
    place = seen.places.get(here.case.id)
    if place is None:
        place = queries.place_of(session, actor, here.case.id, sorting.order, preset)
        if given is None:
            start = place
            seen = queries.window(session, actor, sorting, preset, now=moment, start=start)
    following = seen.following.get(here.case.id) or queries.next_waiting(
        session, actor, sorting, place, preset, now=moment
    )
    return seen, start, place, following


def promised(here: Opened) -> dict[str, Any] | None:
    """Return what the reporter was promised: the decision on acceptance, by when."""
    reading = next((one for one in here.readings if one.kind == "acceptance"), None)
    if reading is None or reading.due_at is None or not reading.is_open:
        return None
    return {
        "day": day(reading.last_day or reading.due_at),
        "due": due_of_case(here.case, here.preset, here.now),
    }


def suggestion(one: Suggestion) -> dict[str, Any]:
    """Return a case that may be the same matter, with its reasons in words."""
    reasons = [str(LIKENESS[code]) % values for code, values in one.likeness.reasons]
    label = state_words(one.case)
    return {
        "id": one.case.id,
        "number": one.case.number,
        "url": url_for("cases.case", case_id=one.case.id),
        "title": one.title,
        "reasons": _("%(reasons)s · %(state)s", reasons=_joined(reasons), state=label),
        "is_likely": one.likeness.is_likely,
        "can_merge": one.case.state is not State.CLOSED,
    }


def _joined(words: list[str]) -> str:
    return ("，" if current().startswith("zh") else ", ").join(words)


def beside(
    here: Opened, sheet: Any, asked: MoveForm | None, behind: str | None
) -> list[dict[str, Any]]:
    """Return the moves with a form beside the report, in the order of the panel.

    What somebody typed there and did not send stands in it again, as on the page of the move.
    """
    at = at_case(here, sheet)
    made = []
    for move, key in BESIDE.items():
        offer = here.offer(move)
        if offer is None or not offer.is_open:
            continue
        is_asked = asked is not None and type(asked) is MOVE_FORMS[move]
        kept = None if is_asked else _drafts.load(here, move)
        typed = kept.typed if kept else None
        form = (
            asked
            if asked is not None and is_asked
            else form_for(move, at, is_sent=False, typed=typed)
        )
        for field in form:
            # Several forms on one page: no two fields may share an id.
            field.id = f"{move}-{field.name}"
        made.append(
            {
                "move": move,
                "label": MOVES[move][0],
                "effect": EFFECTS[move],
                "key": key,
                "form": form,
                # What the taxonomy says is another office's stands ready.
                "is_open": is_asked
                or kept is not None
                or (move == "transfer_out" and bool(form.data.get("office"))),
                "kept_at": kept.at if kept else None,
                "save_url": url_for("cases.save", case_id=here.case.id, move=move),
                "url": url_for(
                    "intake.decide",
                    case_id=here.case.id,
                    move=move,
                    behind=behind,
                    **sorting_args(sorting_of(request.args)),
                ),
            }
        )
    return made


def last_decision(session: Any, actor: Any, args: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the notice of what was decided last, with 收回 while that is possible."""
    try:
        here = opened(UUID(request.args.get(DID, "").partition(".")[0]))
    except (ValueError, NotFound):
        return notice(session, actor)
    told = notice(session, actor, here)
    undo = dict(told.get("undo") or {}) if told else {}
    if told and undo:
        # Taking back from here leads back to the report, with the same order and filter.
        move = str(undo["url"]).rstrip("/").rpartition("/")[2].partition("?")[0]
        undo["url"] = url_for("intake.decide", case_id=here.case.id, move=move, **args)
        return {**told, "undo": undo}
    return told
