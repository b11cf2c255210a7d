"""The case page in the shapes that its template and the macros take."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf.csrf import generate_csrf

from portal.cases import queries
from portal.cases.kinds import Priority, State, finding_words, state_words
from portal.cases.lifecycle.next_step import next_step
from portal.cases.queries import Sheet
from portal.clocks.readings import upcoming
from portal.handling.forms.moves import MOVE_FORMS, ONE_PRESS
from portal.handling.forms.words import MOVES, PANEL, reason_words
from portal.handling.views import _declared, _ladder, _lessons_at, _rewards
from portal.handling.views._after import step_words
from portal.handling.views._chain import of_case
from portal.handling.views._drafts import load
from portal.handling.views._evidence import along, tiles
from portal.handling.views._help_pages import of_case as help_of
from portal.handling.views._made import walk_url
from portal.handling.views._marks import strip
from portal.handling.views._moving import title_of
from portal.handling.views._opened import Opened, why_visible
from portal.handling.views._routing import explanation
from portal.handling.views._tasks import book, extension, level_decided
from portal.handling.views._timeline import timeline
from portal.history.kinds import EventKind
from portal.history.queries import sealed_among
from portal.presets.kinds import PresetKind, Taxonomy
from portal.presets.queries import version
from portal.reports.kinds import Sender
from portal.reports.lifecycle import read_answers, said_answers
from portal.routing.datum import GCJ02
from portal.routing.matters import explanation_of
from portal.web.filters import day_part, short_time
from portal.web.language import current, listed
from portal.web.marks import category_name, place_name
from portal.web.whys import why_sheet

WHY_VISIBLE = {
    "desk": _l("You see it because it came in at your desk"),
    "group": _l("You see it because your group handles it"),
    "supervises": _l("You see it because your group watches over this district"),
    "director": _l("You see it as director"),
    "auditor": _l("You see it as auditor"),
}
LANGUAGES = {"zh_Hans_CN": _l("Chinese"), "en": _l("English")}
HTML_LANG = {"zh_Hans_CN": "zh-Hans", "en": "en"}


def context(here: Opened) -> dict[str, Any]:
    """Return everything that `handling/case.html` shows."""
    sheet = queries.sheet_of(here.session, here.case)
    more = queries.dressed(here.session, [here.case]).beside[here.case.id]
    step = next_step(here.case, here.actor, here.facts.today, more.counts)
    offered, refused = moves(here, first=step.move)
    own = {
        "case": here.case,
        "heading": title_of(here, sheet),
        "head": head(here, sheet, more.colour),
        "step": step_words(step),
        "strip": clocks(here, sheet),
        "offered": offered,
        "refused": refused,
        "barred": here.is_barred,
        "csrf_token": generate_csrf(),
        "present": present(here),
    }
    if here.is_barred:
        return own
    sealed = sealed_among(here.session, [event.seq for event in sheet.events])
    return (
        own
        | content(here, sheet)
        | {"events": timeline(sheet, here.groups, here.preset, here.language, sealed)}
    )


def content(here: Opened, sheet: Sheet) -> dict[str, Any]:
    """Return what those with a tie to the unit do not get to read, the history left out."""
    return {
        "summary": summary(here, sheet),
        "reports": [report(one, here, sheet) for one in sheet.reports],
        "own_words": sheet.text(here.case.summary_text_id),
        "books": [book(one, here, sheet) for one in sheet.books],
        "asked_time": [extension(one, sheet) for one in sheet.extensions if one.item_id is None],
        "hazards": [hazard(one, here, sheet) for one in sheet.hazards],
        "visits": [visit(one, sheet) for one in sheet.inspections],
        "walk_url": walk_url(here),
        "ladder": _ladder.of_case(here, sheet),
        "help": help_of(here.case),
        "rewards": _rewards.of_case(here, sheet),
        "declared": _declared.of_case(here),
        "objections": [objection(one, sheet) for one in sheet.objections],
        "messages": thread(here, sheet),
        "unanswered": here.facts.unanswered,
        "answer_url": _answer_url(here),
        "answer_save_url": url_for("cases.save", case_id=here.case.id, move="answer"),
        "answer_typed": _answer_typed(here),
        "tiles": tiles(here, sheet),
        "routing": routing(here, sheet),
        "chain": of_case(here.case, sheet.units.get(here.case.unit_id)),
        "lessons": _lessons_at.suggested(here, claimed=claimed_of(sheet)),
        "learnt": _lessons_at.learnt(here),
    }


def claimed_of(sheet: Sheet) -> str | None:
    """Return the category that the first reporter claimed."""
    return sheet.reports[0].claimed_category if sheet.reports else None


def head(here: Opened, sheet: Sheet, colour: str | None) -> dict[str, Any]:
    """Return the title line: state, risk, marks, and who handles it."""
    case = here.case
    unit = sheet.units.get(case.unit_id) if case.unit_id else None
    place = place_name(case.jurisdiction, case.township, here.preset, here.language)
    handler = sheet.accounts.get(case.handler_id, "") if case.handler_id else ""
    at = here.group_name(case.group_id or case.desk_id)
    tags = [{"text": _("May be major"), "kind": "bad"}] if case.suspected_major else []
    if case.priority is Priority.URGENT:
        tags.append({"text": Priority.URGENT.label, "kind": "bad"})
    if case.is_received and case.slow_lane:
        tags.append({"text": _("Slow lane"), "kind": "warn"})
    tags.append({"text": _source(here, sheet), "kind": "info"})
    if any(one.ended_at is None for one in sheet.listings):
        tags.append({"text": _("Listed for supervision"), "kind": "bad"})
    if case.paused_at:
        tags.append({"text": _("Clocks paused"), "kind": "warn"})
    if case.unanswered_count:
        waiting = _("Unanswered: %(num)s", num=case.unanswered_count)
        tags.append({"text": waiting, "kind": "warn"})
    parts = [unit.name if unit else "", place, at, handler]
    label = state_words(case)
    return {
        "state": case.state.value,
        "label": label,
        "colour": colour,
        "has_hazards": bool(sheet.hazards),
        "unit_url": url_for("units.unit", unit_id=unit.id) if unit else None,
        "tags": tags,
        "line": " · ".join(part for part in [*parts, str(WHY_VISIBLE[why_visible(here)])] if part),
    }


def _source(here: Opened, sheet: Sheet) -> str:
    if not sheet.reports:
        return str(here.case.source.label)
    sealed = any(one.contact_id for one in sheet.reports)
    who = _("named, sealed") if sealed else _("anonymous")
    return str(_("%(source)s · %(who)s", source=here.case.source.label, who=who))


def clocks(here: Opened, sheet: Sheet) -> dict[str, Any]:
    """Return the clock strip."""
    return strip(
        here.readings,
        upcoming(here.readings, here.preset.limits) if here.case.state is not State.CLOSED else (),
        here.preset,
        here.language,
        now=here.now,
        items=item_names(sheet),
        why_url=url_for("cases.clocks", case_id=here.case.id),
    )


def item_names(sheet: Sheet) -> dict[str, str]:
    """Return number and head of the words of each task, by id."""
    items = [item for rows in sheet.items.values() for item in rows]
    found = {
        str(item.id): f"{item.number} {queries.shortened(sheet.text(item.text_id), 12)}"
        for item in items
    }
    found |= {str(one.id): one.number for one in sheet.listings}
    found |= {str(one.id): f"{one.number} {sheet.text(one.post_text_id)}" for one in sheet.steps}
    promised = {one.id: queries.shortened(sheet.text(one.text_id), 12) for one in sheet.commitments}
    return found | {str(one): words for one, words in promised.items()}


def moves(here: Opened, first: str | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the panel: what is open, the one that is due first, and what is refused and why."""
    offered, refused = [], []
    for offer in here.offers:
        name = offer.move.name
        if name not in MOVE_FORMS:
            continue
        label, button = MOVES[name]
        if offer.lack is not None:
            sentence = reason_words(offer.lack.reason, offer.lack.values)
            refused.append({"label": label, "sentence": sentence, "reason": offer.lack.reason})
            continue
        url = url_for("cases.move", case_id=here.case.id, move=name)
        entry = {"label": label, "button": button, "url": url, "name": name, "go": name == first}
        if name in ONE_PRESS and not here.is_barred:
            hidden = {"seen": here.case.version}
            entry |= {"method": "post", "hidden": hidden, "csrf_token": generate_csrf()}
        if name == "answer":
            entry["key"] = "r"
        offered.append(entry | {"hint": _hint(name, here)})
    offered.sort(key=lambda entry: (not entry["go"], PANEL.index(entry["name"])))
    return offered, _together(refused)


def _together(refused: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return refused moves, those with the same sentence in one line; the state's own last."""
    lines: dict[str, list[str]] = {}
    refused.sort(key=lambda entry: entry["reason"] == "not_in_this_state")
    for entry in refused:
        lines.setdefault(entry["sentence"], []).append(str(entry["label"]))
    mark = "、" if current().startswith("zh") else ", "
    return [
        {"label": mark.join(labels), "sentence": sentence} for sentence, labels in lines.items()
    ]


def _hint(name: str, here: Opened) -> str:
    facts = here.facts
    if name == "answer" and facts.unanswered:
        count = facts.unanswered
        return str(ngettext("%(num)s message unanswered", "%(num)s messages unanswered", count))
    if name in ("pass_review", "fail_review") and facts.reported_items:
        numbers = ", ".join(str(item.number) for item in facts.reported_items)
        return str(_("Tasks reported done: %(numbers)s", numbers=numbers))
    if name == "take_back":
        minutes = facts.windows.take_back_minutes
        return str(_("Within %(minutes)s minutes of the dispatch", minutes=minutes))
    return ""


def summary(here: Opened, sheet: Sheet) -> list[dict[str, Any]]:
    """Return the quiet pairs of the summary."""
    case, preset, language = here.case, here.preset, here.language
    claimed = sheet.reports[0].claimed_category if sheet.reports else None
    rows = [
        (_("Received"), day_part(case.opened_at)),
        (_("Kind"), _named(preset.taxonomy.report_kinds, case.kind, language)),
        (_("Category as claimed"), category_name(claimed, preset, language) or _("Not sure")),
        (_("Settled category"), category_name(case.category, preset, language) or "—"),
        (_("Channel"), _named(preset.taxonomy.channels, case.channel, language)),
        (_("Place"), place_name(case.jurisdiction, case.township, preset, language) or "—"),
        (_("Found out"), finding_words(case.finding, case.source) if case.finding else "—"),
    ]
    if len(sheet.reports) > 1:
        count = len(sheet.reports)
        rows.append((_("Reports"), ngettext("%(num)s report", "%(num)s reports", count)))
    for other in sheet.linked.values():
        rows.append((_("Linked case"), other.number))
    return [{"name": name, "value": value} for name, value in rows]


def _named(names: Mapping[str, Any], code: str, language: str) -> str:
    return names[code].in_language(language) if code in names else code


def report(one: Any, here: Opened, sheet: Sheet) -> dict[str, Any]:
    """Return what one reporter sent, whole."""
    details = [
        day_part(one.filed_at),
        _named(here.preset.taxonomy.channels, one.channel, here.language),
        str(LANGUAGES.get(one.language, one.language)),
    ]
    if one.withdrawn_at:
        details.append(_("withdrawn"))
    if one.rated_at and one.satisfied:
        details.append(one.satisfied.label)
    return {
        "words": sheet.text(one.text_id) or _("Erased as the law asks."),
        "place": sheet.text(one.place_text_id),
        "pin": pin_words(one),
        "place_url": url_for("cases.place", case_id=here.case.id),
        "claimed_unit": sheet.units[one.claimed_unit_id].name if one.claimed_unit_id else "",
        "said_same": ", ".join(
            sheet.said_same[other].number for other in one.said_same_as if other in sheet.said_same
        ),
        "details": " · ".join(details),
        "inside_on": day_part(sheet.inside[one.id].filed_at) if one.id in sheet.inside else "",
        "answers": answers(one, here, sheet),
        "lang": HTML_LANG.get(str(one.language)),
        "answer": sheet.text(one.answer_text_id),
    }


def pin_words(one: Any) -> str:
    """Return where the pin is, and in which datum it was put; "" without one."""
    if one.lat is None:
        return ""
    place = f"{one.lat:.5f}, {one.lon:.5f}"
    if one.datum == GCJ02:
        return str(_("Pin on the map: %(place)s (WGS 84; put on a map in GCJ-02)", place=place))
    return str(_("Pin on the map: %(place)s (WGS 84)", place=place))


def answers(one: Any, here: Opened, sheet: Sheet) -> list[dict[str, str]]:
    """Return what the reporter answered to the questions of the category, as they were then."""
    words = sheet.text(one.answers_text_id)
    if not words:
        return []
    number, code, given = read_answers(words)
    stored = version(here.session, PresetKind.TAXONOMY, number)
    taxonomy = stored if isinstance(stored, Taxonomy) else here.preset.taxonomy
    category = taxonomy.categories.get(code)
    said = said_answers(category.questions if category else (), given, here.language)
    return [{"name": name, "value": value} for name, value in said]


def hazard(one: Any, here: Opened, sheet: Sheet) -> dict[str, Any]:
    """Return a hazard with its level and risk."""
    risk = sheet.risks.get(one.id)
    return {
        "number": one.number,
        "words": sheet.text(one.text_id),
        "level": one.level.label,
        "is_major": one.level.value == "major",
        "proposed": one.proposed_major and one.id not in sheet.levels,
        "colour": one.colour,
        "on_spot": one.on_spot,
        "old": one.episode != here.case.reopen_count,
        "refuted": one.refuted_at is not None,
        "risk": _arithmetic(risk, here) if risk else "",
        "reason": sheet.text(risk.reason_text_id) if risk else "",
        "by": sheet.people.get(risk.assessed_by, "") if risk else "",
        "decided": level_decided(sheet.levels[one.id], sheet) if one.id in sheet.levels else "",
    }


def _arithmetic(risk: Any, here: Opened) -> str:
    method = here.preset.taxonomy.risk_methods[risk.method]
    factors = [
        f"{method.factor_names[code].in_language(here.language)} {risk.inputs[code]:g}"
        for code in method.factors
    ]
    return f"{' × '.join(factors)} = {risk.value:g}"


def visit(one: Any, sheet: Sheet) -> dict[str, Any]:
    """Return a visit: when, who, what was found."""
    names = [sheet.people.get(person, "") for person in one.inspectors]
    return {
        "when": short_time(one.visited_at),
        "who": "、".join(names),
        "finding": sheet.text(one.finding_text_id),
        "url": url_for("inspections.made", case_id=one.case_id, visit=one.id)
        if one.checklist
        else None,
        "paper_url": url_for("inspections.paper", case_id=one.case_id, visit=one.id),
    }


def objection(one: Any, sheet: Sheet) -> dict[str, Any]:
    """Return an objection and its ruling."""
    return {
        "by_unit": one.task_book_id is not None,
        "task": item_names(sheet).get(str(one.item_id), ""),
        "when": day_part(one.objected_at),
        "words": sheet.text(one.text_id),
        "decided": one.decided_at is not None,
        "upheld": one.upheld,
        "ruling": sheet.text(one.ruling_text_id),
    }


def thread(here: Opened, sheet: Sheet) -> list[dict[str, Any]]:
    """Return messages and notes in their order."""
    many = len(sheet.reports) > 1
    filed = {report.id: report for report in sheet.reports}
    files = along(here, sheet)
    asked = {
        str(event.payload.get("texts", {}).get("message", {}).get("id")): event.seq
        for event in sheet.events
    }
    found: list[tuple[float, dict[str, Any]]] = []
    for message in sheet.messages:
        staff = message.sender is Sender.STAFF
        name = sheet.accounts.get(message.account_id, "") if message.account_id else ""
        note = ""
        if many and message.report_id in filed:
            when = day_part(filed[message.report_id].filed_at)
            note = _("With the reporter of %(day)s", day=when)
        found.append(
            (
                float(asked.get(str(message.text_id), message.seq / 1e9)),
                {
                    "who": _("%(name)s for the group", name=name) if staff else _("Reporter"),
                    "when": short_time(message.at) if staff else day_part(message.at),
                    "side": "them" if staff else "me",
                    "text": sheet.text(message.text_id),
                    "note": note,
                    "tiles": files[message.id],
                },
            )
        )
    for event in sheet.events:
        if event.kind is EventKind.NOTED:
            name = sheet.accounts.get(event.account_id, "") if event.account_id else ""
            entry = {
                "who": _("Internal note · %(name)s", name=name),
                "when": short_time(event.at),
                "side": "note",
                "text": sheet.said(event, "note"),
                "note": _("Neither reporter nor unit sees this"),
            }
            found.append((float(event.seq), entry))
    return [entry for _seq, entry in sorted(found, key=lambda pair: pair[0])]


def _answer_typed(here: Opened) -> str:
    """Return the answer that this person began and did not send."""
    kept = load(here, "answer") if _answer_url(here) else None
    return kept.typed.get("body", "") if kept else ""


def _answer_url(here: Opened) -> str | None:
    offer = here.offer("answer")
    if offer is None or not offer.is_open:
        return None
    return url_for("cases.carry_out", case_id=here.case.id, move="answer")


def routing(here: Opened, sheet: Sheet) -> dict[str, Any] | None:
    """Return why the last dispatch went where it went; None before the first."""
    for event in reversed(sheet.events):
        if event.kind is EventKind.DISPATCHED and event.payload.get("routing"):
            told = explanation(explanation_of(event.payload["routing"]), here.preset, here.language)
            code = str(event.payload.get("group"))
            names = {group.code: group.name(here.language) for group in here.groups.values()}
            told["went_to"] = names.get(code, code)
            told["as_proposed"] = event.payload.get("as_proposed")
            told["reason"] = sheet.said(event, "reason")
            return told
    return None


def present(here: Opened) -> str:
    """Return who else has the case open, in a sentence; "" for nobody."""
    others = queries.others_present(here.session, here.actor, here.case.id, now=here.now)
    return present_words([name for name, _at in others])


def present_words(names: Sequence[str]) -> str:
    """Return the sentence about the others who have a case open."""
    if not names:
        return ""
    return str(_("%(names)s also has this open. Who decides first, decides.", names=listed(names)))


def clock_sheets(here: Opened) -> list[dict[str, Any]]:
    """Return every reading of the case with the explanation of its due date."""
    sheet = queries.sheet_of(here.session, here.case)
    items = item_names(sheet)
    return [
        why_sheet(reading, here.preset, here.language, here.now, items) for reading in here.readings
    ]


def ledgers(here: Opened) -> list[tuple[Any, Any]]:
    """Return for each report every date that its reporter was told, and what became of it."""
    return [
        (one, queries.ledger_of(here.session, one, here.preset, now=here.now))
        for one in here.case.reports
    ]
