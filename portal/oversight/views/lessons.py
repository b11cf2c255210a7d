"""What was learnt, as everybody reads it: the list, one lesson, a feed and a file."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as Xml

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.access.kinds import Action
from portal.accounts.queries import group
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.lessons.kinds import FIELD_LABELS, FIELDS
from portal.lessons.queries import PAGE, Key, Public, public_lesson, public_lessons
from portal.oversight.views import open_pages
from portal.oversight.views.open import KEPT_SECONDS
from portal.oversight.views.places import ATOM, add_to
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.web import headers
from portal.web.filters import day, iso, local
from portal.web.language import current
from portal.web.marks import category_name
from portal.web.pages import needs
from portal.web.spreadsheet import Cell, csv_response

#: So many stand in the feed and in the file.
MOST = 1000


@open_pages.get("/lessons")
@needs(Action.READ_PUBLIC)
def lessons() -> ResponseReturnValue:
    """List what was published, the newest first."""
    headers.published(KEPT_SECONDS)
    preset, sector = _asked()
    return render_template("oversight/lessons.html", **_page(preset, sector))


@open_pages.get("/lessons.atom")
@needs(Action.READ_PUBLIC)
def lessons_feed() -> ResponseReturnValue:
    """The same as a feed."""
    headers.published(KEPT_SECONDS)
    preset, sector = _asked()
    body = Xml.tostring(_feed(preset, sector), encoding="utf-8", xml_declaration=True)
    return Response(body, mimetype="application/atom+xml")


@open_pages.get("/lessons.csv")
@needs(Action.READ_PUBLIC)
def lessons_csv() -> ResponseReturnValue:
    """The same as a file, whole."""
    headers.published(KEPT_SECONDS)
    return csv_response("lessons", _rows(*_asked()))


@open_pages.get("/lessons/<uuid:lesson_id>")
@needs(Action.READ_PUBLIC)
def lesson(lesson_id: UUID) -> ResponseReturnValue:
    """Show one; of one that was withdrawn only that."""
    found = public_lesson(db.session(), lesson_id)
    if found is None:
        return render_template("oversight/lesson.html", lesson=None), 410
    headers.published(KEPT_SECONDS)
    return render_template("oversight/lesson.html", **_whole(found))


def _asked() -> tuple[Preset, str]:
    preset, sector = in_force(db.session(), now()), request.args.get("sector", "")
    if sector and sector not in preset.taxonomy.sectors:
        raise NotFound(sector)
    return preset, sector


def _page(preset: Preset, sector: str) -> dict[str, Any]:
    after = _key(request.args.get("after"))
    found = public_lessons(db.session(), sector=sector, after=after)
    last = found[-1] if len(found) == PAGE else None
    own: dict[str, Any] = {"sector": sector} if sector else {}
    following = f"{last.published_at.isoformat()}~{last.id}" if last else None
    return {
        "rows": [_row(one, preset) for one in found],
        "sector": sector,
        "sectors": [
            (code, name.in_language(current())) for code, name in preset.taxonomy.sectors.items()
        ],
        "next_url": url_for("open.lessons", **own, after=following) if following else None,
        "first_url": url_for("open.lessons", **own) if after else None,
    }


def _key(typed: str | None) -> Key | None:
    moment, _tilde, id_ = (typed or "").rpartition("~")
    try:
        at, known = datetime.fromisoformat(moment), UUID(id_)
    except ValueError:
        return None
    return (at, known) if at.tzinfo else None


def _row(one: Public, preset: Preset) -> dict[str, Any]:
    return {
        "url": url_for("open.lesson", lesson_id=one.id),
        "title": one.title,
        "lang": one.lang,
        "kind": one.kind.label,
        "where": _where(one, preset),
        "published": day(one.published_at, year=True),
    }


def _where(one: Public, preset: Preset) -> str:
    """Return kind of hazard or sector in words."""
    named = preset.taxonomy.sectors.get(one.sector or "")
    sector = named.in_language(current()) if named else ""
    return category_name(one.category, preset, current()) or sector


def _by(one: Public, preset: Preset) -> str:
    """Return who wrote it: a group, never a person."""
    wrote = group(db.session(), one.group_id)
    if wrote is None:
        return preset.city.operator.in_language(current())
    return wrote.name_zh if current().startswith("zh") else wrote.name_en


def _whole(one: Public) -> dict[str, Any]:
    preset = in_force(db.session(), now())
    rows = [
        (_("Kind of lesson"), one.kind.label),
        (_("Kind of hazard"), _where(one, preset) or "—"),
        (_("Written by"), _by(one, preset)),
        (_("Approved by"), preset.city.operator.in_language(current())),
        (_("Published on"), day(one.published_at, year=True)),
    ]
    return {
        "lesson": one,
        "lang": one.lang,
        "parts": _parts(one),
        "facts": [{"name": name, "value": value} for name, value in rows],
    }


def _parts(one: Public) -> list[tuple[str, str]]:
    said = one.said
    return [(str(FIELD_LABELS[name]), said[name]) for name in FIELDS[one.kind] if name in said]


def _rows(preset: Preset, sector: str) -> Iterator[Sequence[Cell]]:
    yield [
        *(_("Lesson"), _("Kind of lesson"), _("Kind of hazard"), _("Published on")),
        *(_("Written by"), _("Words")),
    ]
    for one in public_lessons(db.session(), sector=sector, limit=MOST):
        words = "\n".join(f"{name}: {said}" for name, said in _parts(one))
        out = iso(local(one.published_at))[:10]
        yield [one.title, one.kind.label, _where(one, preset), out, _by(one, preset), words]


def _feed(preset: Preset, sector: str) -> Xml.Element:
    Xml.register_namespace("", ATOM)
    own = {"sector": sector} if sector else {}
    page = url_for("open.lessons", _external=True, **own)
    found = public_lessons(db.session(), sector=sector, limit=MOST)
    feed = Xml.Element(f"{{{ATOM}}}feed", {"xml:lang": current().replace("_", "-")})
    add_to(feed, "title", _("What was learnt"))
    add_to(feed, "id", page)
    newest = found[0].published_at if found else datetime.fromisoformat("2026-01-01T00:00:00Z")
    add_to(feed, "updated", local(newest).isoformat())
    add_to(add_to(feed, "author"), "name", preset.city.operator.in_language(current()))
    address = url_for("open.lessons_feed", _external=True, **own)
    add_to(feed, "link", rel="self", type="application/atom+xml", href=address)
    add_to(feed, "link", rel="alternate", type="text/html", href=page)
    for one in found:
        entry = add_to(feed, "entry")
        entry.set("xml:lang", one.language.replace("_", "-"))
        add_to(entry, "id", f"urn:uuid:{one.id}")
        add_to(entry, "title", one.title)
        add_to(entry, "updated", local(one.published_at).isoformat())
        here = url_for("open.lesson", lesson_id=one.id, _external=True)
        add_to(entry, "link", rel="alternate", type="text/html", href=here)
        add_to(entry, "content", "\n\n".join(f"{n}\n{s}" for n, s in _parts(one)), type="text")
    return feed
