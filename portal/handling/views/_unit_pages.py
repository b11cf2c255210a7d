"""What the pages of the register show."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from portal.access.kinds import Action
from portal.access.policy import may, may_somewhere
from portal.cases.kinds import state_words
from portal.cases.queries import (
    Listed,
    cases_of_unit,
    hazards_counted,
    scores_of_unit,
    spread_of,
)
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.handling.forms.lists import key_of, key_text
from portal.handling.forms.units import COLOUR_LABELS, FindForm, UnitForm
from portal.handling.views._burden import of_unit as burden_of
from portal.handling.views._chain import of_unit
from portal.handling.views._help_pages import of_unit as help_of
from portal.handling.views._ladder import of_unit as ladder_of
from portal.handling.views._unit_poster import report_address
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.units.kinds import FIELD_LABELS, SIZE_LABELS, Size
from portal.units.lifecycle.fields import changed
from portal.units.queries import (
    Key,
    Order,
    Wanted,
    fields_of,
    people_tied_to,
    register,
)
from portal.units.services import UnitFields
from portal.web.filters import number, short_day
from portal.web.language import current
from portal.web.marks import category_name, place_name
from portal.web.pages import current_actor

ASKED = ("q", "sector", "place", "colour")


def preset_now() -> Preset:
    """Return the rules that hold now."""
    return in_force(db.session(), now())


def today() -> date:
    """Return the day in the city's zone."""
    moment = now()
    return moment.astimezone(in_force(db.session(), moment).limits.zone).date()


# the list


def register_page() -> dict[str, Any]:
    """Return a page of the register, or of what was searched for in it."""
    session, preset, language = db.session(), preset_now(), current()
    form = FindForm(request.args)
    form.suit(preset, language)
    after = register_key(request.args.get("after"))
    found = register(session, wanted_of(form), preset.taxonomy, now=now(), after=after)
    args: dict[str, Any] = {
        name: value for name in ASKED if (value := request.args.get(name, "").strip())
    }
    following = register_key_text(found.next_key)
    actor = current_actor()
    return {
        "form": form,
        "rows": [row(one, preset, language) for one in found.units],
        "asked": bool(args),
        "is_unsorted": found.order is Order.ID,
        "count": len(found.units),
        "next_url": url_for("units.index", **args, after=following) if following else None,
        "first_url": url_for("units.index", **args) if after else None,
        "may_add": may(actor, Action.MANAGE_UNITS),
        "may_import": may(actor, Action.IMPORT_UNITS),
    }


def wanted_of(form: FindForm) -> Wanted:
    """Return what a search asks for; of a place the nearest."""
    return Wanted(
        words=(form.q.data or "")[:200],
        sector=_kept(form.sector.data),
        place=_kept(form.place.data).rpartition("/")[2],
        colour=_kept(form.colour.data),
    )


def _kept(value: str | None) -> str:
    return (value or "").replace("\x00", "")


def register_key_text(key: Key | None) -> str | None:
    """Return a place in the register for an address."""
    return f"{key.order}~{key.name}~{key.id}" if key else None


def register_key(text: str | None) -> Key | None:
    """Return the place in an address; None for none and for rubbish."""
    order, _tilde, rest = (text or "").partition("~")
    name, _tilde, id_ = rest.rpartition("~")
    try:
        return Key(Order(order), UUID(id_), _kept(name))
    except ValueError:
        return None


def row(unit: Any, preset: Preset, language: str) -> dict[str, Any]:
    """Return a unit as a row of the list."""
    return {
        "url": url_for("units.unit", unit_id=unit.id),
        "name": unit.name,
        "address": unit.address,
        "place": place_name(unit.jurisdiction, unit.township, preset, language),
        "sector": sector_name(unit.sector, preset, language),
        "size": size_words(unit),
        "colour": unit.risk_colour,
    }


def sector_name(code: str | None, preset: Preset, language: str) -> str:
    """Return a sector in words, "" for none."""
    words = preset.taxonomy.sectors.get(code or "")
    return words.in_language(language) if words else ""


def size_words(unit: Any) -> str:
    """Return class and number of people, as far as they are known."""
    parts = [str(SIZE_LABELS[unit.size])] if unit.size else []
    if unit.workers is not None:
        parts.append(_("%(count)s people", count=number(unit.workers)))
    return " · ".join(parts)


# one unit


def unit_page(unit: Any) -> dict[str, Any]:
    """Return a unit with its cases, as far as the reader can see them."""
    session, actor, preset, language = db.session(), current_actor(), preset_now(), current()
    after = key_of(request.args.get("after"))
    reads_cases = may_somewhere(actor, Action.READ_FILE)
    found = cases_of_unit(session, actor, unit.id, after=after)
    following = key_text(found.next_key)
    known = [place_name(unit.jurisdiction, unit.township, preset, language)]
    known += [sector_name(unit.sector, preset, language), size_words(unit)]
    return {
        "unit": unit,
        "known": " · ".join(filter(None, known)),
        "facts": facts(unit),
        "chain": of_unit(unit),
        "ladder": ladder_of(unit) if reads_cases else None,
        "help": help_of(unit.id),
        "reads_cases": reads_cases,
        "cases": case_rows(found, preset, language),
        "next_url": url_for("units.unit", unit_id=unit.id, after=following) if following else None,
        "first_url": url_for("units.unit", unit_id=unit.id) if after else None,
        "may_edit": may(actor, Action.MANAGE_UNITS),
        "is_tied": actor.person_id in people_tied_to(session, unit.id),
        "report_url": report_address(unit),
        "burden": burden_of(unit.id, preset) if may(actor, Action.READ_PLANS) else None,
        "own_url": url_for("declarations.unit", unit_id=unit.id)
        if may(actor, Action.READ_SELF_INSPECTIONS)
        else None,
        **scores(unit, preset),
    }


def scores(unit: Any, preset: Preset) -> dict[str, Any]:
    """Return the unit's scores over time, and how those of its sector lie."""
    session, language = db.session(), current()
    if not may_somewhere(current_actor(), Action.READ_FILE):
        return {"scores": [], "spread": None}
    found = scores_of_unit(session, current_actor(), unit.id)
    sector = unit.sector or (found[0][1].checklist.sector if found else "")
    least = preset.city.settings.percent_from
    return {
        "scores": [
            {
                "when": short_day(one.visit.visited_at),
                "name": one.checklist.name.in_language(language),
                "version": one.checklist.version,
                "score": one.score,
                "url": url_for("inspections.made", case_id=case.id, visit=one.visit.id),
            }
            for case, one in found
        ],
        "spread": spread_of(session, sector, least=least) if sector and found else None,
        "spread_from": least,
        "spread_sector": sector_name(sector, preset, language),
    }


def facts(unit: Any) -> list[dict[str, str]]:
    """Return how to reach the unit, and what names it."""
    named = {
        "address": unit.address,
        "registration_code": unit.registration_code,
        "contact_name": unit.contact_name,
        "contact_phone": unit.contact_phone,
        "contact_email": unit.contact_email,
    }
    return [
        {"name": str(FIELD_LABELS[name]), "value": value or _("Not known")}
        for name, value in named.items()
    ]


def case_rows(found: Listed, preset: Preset, language: str) -> list[dict[str, Any]]:
    """Return the cases of a unit: kind of matter and outcome, never a reporter's words."""
    counted = hazards_counted(db.session(), [case.id for case in found.cases])
    moment = now()
    return [
        {
            "url": url_for("cases.case", case_id=case.id),
            "number": case.number,
            "day": short_day(case.opened_at, moment),
            "what": category_name(case.category, preset, language) or _("Not settled yet"),
            "source": case.source.label,
            "colour": found.beside[case.id].colour,
            "hazards": counted.get(case.id, (0, 0)),
            "state": case.state.value,
            "label": state_words(case),
        }
        for case in found.cases
    ]


# changing one


def form_page(form: UnitForm, unit: Any = None, theirs: Any = ()) -> str:
    """Return the page on which a unit is added or changed."""
    action = url_for("units.change", unit_id=unit.id) if unit else url_for("units.add")
    back = url_for("units.unit", unit_id=unit.id) if unit else url_for("units.index")
    return render_template(
        "handling/unit_form.html",
        form=form,
        unit=unit,
        theirs=theirs,
        action=action,
        back_url=back,
        csrf_token=generate_csrf(),
    )


def save(edit_unit: Callable[..., Any], unit_id: UUID, form: UnitForm) -> None:
    """Carry the change of a valid form out."""
    edit_unit(
        db.session(),
        current_actor(),
        unit_id,
        form.fields(),
        preset_now(),
        seen=form.seen.data or 0,
        now=now(),
    )


def clash_page(form: UnitForm, unit: Any) -> str:
    """Return the form as it was typed beside what stands there now; saving it again replaces it."""
    stands, typed = fields_of(unit), form.fields()
    form.seen.data = unit.version
    language, preset = current(), preset_now()
    theirs = [
        {"name": str(FIELD_LABELS[name]), "value": said(stands, name, preset, language)}
        for name in changed(stands, typed)
    ]
    return form_page(form, unit, theirs)


def said(unit: UnitFields, name: str, preset: Preset, language: str) -> str:
    """Return what stands in a field, in words."""
    value = getattr(unit, name)
    places: Mapping[str, str] = {
        "sector": sector_name(unit.sector, preset, language),
        "jurisdiction": place_name(unit.jurisdiction, None, preset, language),
        "township": place_name(unit.jurisdiction, unit.township, preset, language),
    }
    if value in (None, ""):
        return str(_("Not known"))
    if isinstance(value, Size):
        return str(SIZE_LABELS[value])
    if name == "risk_colour":
        return str(COLOUR_LABELS[value])
    return places.get(name) or str(value)
