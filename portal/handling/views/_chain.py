"""The responsibility chain as pages show it: each link with its post, or the gap."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from wtforms.fields import SelectChoice

from portal.foundation.clock import now
from portal.foundation.db import db
from portal.handling.forms.chain import PostForm
from portal.handling.forms.units import GapForm
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.units.kinds import GAP_LABELS, LINK_LABELS, Link
from portal.units.lifecycle.chain import Standing
from portal.units.queries import (
    About,
    about_unit,
    chain_at,
    posts_of,
    units_with_gaps,
)
from portal.web.filters import short_day
from portal.web.language import current
from portal.web.marks import place_name


def links(chain: Iterable[Standing], before: Sequence[Standing] = ()) -> list[dict[str, Any]]:
    """Return the links of a chain; `before`: as it stood earlier, shown where it was another."""
    language, then = current(), {one.link: one for one in before}
    shown = []
    for one in chain:
        earlier = then.get(one.link)
        is_other = earlier is not None and earlier.who != one.who
        shown.append(
            {
                "name": str(LINK_LABELS[one.link]),
                **_said(one, language),
                "then": _said(earlier, language) if earlier and is_other else None,
            }
        )
    return shown


def _said(one: Standing, language: str) -> dict[str, Any]:
    days = []
    if one.since is not None:
        days.append(_("from %(day)s", day=short_day(one.since)))
    if one.until is not None:
        days.append(_("until %(day)s", day=short_day(one.until)))
    return {
        "post": one.post.in_language(language) if one.post else "",
        "reach": one.reach,
        "days": " · ".join(days),
        "gap": str(GAP_LABELS[one.gap]) if one.gap else None,
    }


def of_unit(unit: Any) -> list[dict[str, Any]]:
    """Return the chain of a unit as it stands."""
    return links(chain_at(db.session(), about_unit(unit), now()))


def of_case(case: Any, unit: Any) -> list[dict[str, Any]]:
    """Return the chain of a case now, and where it was another when the case was dispatched."""
    about = About(
        unit_id=unit.id if unit else None,
        sector=case.sector or (unit.sector if unit else None),
        jurisdiction=case.jurisdiction or (unit.jurisdiction if unit else None),
        township=case.township or (unit.township if unit else None),
    )
    session = db.session()
    before = chain_at(session, about, case.dispatched_at) if case.dispatched_at else ()
    return links(chain_at(session, about, now()), before)


def chain_page(unit: Any, form: PostForm) -> str:
    """Return the page on which posts are named, with everything that was ever written down."""
    return render_template(
        "handling/unit_chain.html",
        unit=unit,
        form=form,
        links=of_unit(unit),
        written=[
            {
                "link": str(LINK_LABELS[row.link]),
                "post": row.post,
                "reach": " · ".join(filter(None, (row.phone, row.email))),
                "from_on": row.from_on,
                "until_on": row.until_on,
                "recorded_at": row.recorded_at,
            }
            for row in posts_of(db.session(), unit.id)
        ],
        csrf_token=generate_csrf(),
    )


def gaps_page(key: Any, key_text: Any) -> str:
    """Return the report of gaps; `key` and `key_text` read and write places in the register."""
    session, moment, language = db.session(), now(), current()
    preset: Preset = in_force(session, moment)
    form = GapForm(request.args)
    form.link.choices = [SelectChoice("", _("Any link")), *_choices()]
    wanted = form.link.data if form.link.data in set(Link) else ""
    after = key(request.args.get("after"))
    link = Link(wanted) if wanted else None
    found = units_with_gaps(session, preset, now=moment, link=link, after=after)
    following = key_text(found.next_key)
    args: dict[str, Any] = {"link": wanted} if wanted else {}
    return render_template(
        "handling/units_gaps.html",
        form=form,
        rows=[
            {
                "name": unit.name,
                "url": url_for("units.unit", unit_id=unit.id),
                "place": place_name(unit.jurisdiction, unit.township, preset, language),
                "gaps": [one for one in links(chain) if one["gap"]],
            }
            for unit, chain in found.rows
        ],
        next_url=url_for("units.gaps", **args, after=following) if following else None,
        first_url=url_for("units.gaps", **args) if after else None,
    )


def _choices() -> list[SelectChoice]:
    return [SelectChoice(link.value, label) for link, label in LINK_LABELS.items()]
