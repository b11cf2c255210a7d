"""What the pages of groups show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.access.kinds import Action, Actor, GroupKind, Role
from portal.access.policy import POLICY, always, may, may_somewhere
from portal.accounts import queries as accounts
from portal.accounts.kinds import KIND_LABELS
from portal.accounts.lifecycle import Term, lacks, roles_in
from portal.cases.queries import Held, held_by_groups
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.presets.kinds import Preset
from portal.presets.queries import in_force
from portal.web.language import current
from portal.web.marks import gap_words, place_name
from portal.web.pages import current_actor
from portal.web.signin import ROLES, group_name

#: In the order of the page.
PARTS = {
    GroupKind.SUPERVISION: _l("Supervision groups, by jurisdiction"),
    GroupKind.INSPECTION: _l("Inspection groups, by sector"),
    GroupKind.DESK: _l("Desks"),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the page, when, and by which rules."""

    actor: Actor
    today: date
    preset: Preset
    language: str

    def sees(self, group: Any, held: Held | None) -> bool:
        """Say whether a nought means that nothing is there: who sees only some sees no nought."""
        if held is not None or group.id == self.actor.group_id:
            return True
        return POLICY.get((self.actor.role, Action.READ_FILE)) is always


def reader() -> Reader:
    """Return who looks."""
    moment = now()
    preset = in_force(db.session(), moment)
    return Reader(current_actor(), moment.astimezone(preset.limits.zone).date(), preset, current())


def all_of_them() -> dict[str, Any]:
    """Return every group by its kind; by as many statements however many there are."""
    who, session = reader(), db.session()
    terms = accounts.terms_in_groups(session, on=who.today)
    held = held_by_groups(session, who.actor, today=who.today, now=now())
    rows: dict[GroupKind, list[dict[str, Any]]] = {kind: [] for kind in PARTS}
    places = {one.code: place for place, one in enumerate(who.preset.city.groups)}

    def place(group: Any) -> tuple[bool, int]:
        # In the preset's own order; those that ended or that it names no more come last.
        return group.ended_on is not None, places.get(group.code, len(places))

    for group in sorted(accounts.all_groups(session), key=place):
        rows[group.kind].append(_row(group, terms.get(group.id, ()), held.get(group.id), who))
    return {
        "parts": [(str(PARTS[kind]), found) for kind, found in rows.items() if found],
        "reads_cases": may_somewhere(who.actor, Action.READ_FILE),
    }


def _row(group: Any, people: Sequence[Term], held: Held | None, who: Reader) -> dict[str, Any]:
    present = [one for one in people if one.holds_on(who.today)]
    return {
        "url": url_for("teams.team", group_id=group.id),
        "name": group_name(group),
        "field": field_of(group, who),
        "leads": [one.name for one in present if one.role is Role.LEAD],
        "has_leads": Role.LEAD in roles_in(group.kind),
        "liaison": next((one.name for one in present if one.account_id == group.liaison_id), ""),
        "people": len({one.account_id for one in present}),
        "numbers": numbers(group, held, who),
        "gaps": gaps(group, people, held, who),
    }


def numbers(group: Any, held: Held | None, who: Reader) -> list[dict[str, Any]]:
    """Return what a group has open, overdue and done, each with the list behind it."""
    sees = who.sees(group, held)
    counted = held or Held()
    is_reader = may_somewhere(who.actor, Action.READ_FILE)
    name = "desks" if group.kind is GroupKind.DESK else "groups"
    shown: tuple[tuple[str, str, int, dict[str, Any]], ...] = (
        ("open", _("Open"), counted.open, {}),
        ("late", _("Overdue"), counted.late, {"when": "late"}),
        ("done", _("Closed in 30 days"), counted.done, {"when": "done"}),
    )
    return [
        {
            "key": key,
            "label": label,
            "number": number if sees else None,
            "url": url_for("queue.cases", **{name: group.code}, **more)
            if is_reader and sees
            else None,
            "is_bad": key == "late" and number > 0,
        }
        for key, label, number, more in shown
    ]


def gaps(
    group: Any, people: Sequence[Term], held: Held | None, who: Reader
) -> list[dict[str, Any]]:
    """Return what a group lacks, in words."""
    found = lacks(roles_in(group.kind), people, group.liaison_id, group.ended_on, who.today)
    left = [left_words(held.left, group)] if held and held.left else []
    return left + [gap_words(one) for one in found]


def left_words(count: int, group: Any) -> dict[str, Any]:
    """Return in words that cases wait for another handler, with the list of them."""
    said = ngettext(
        "%(num)s open case whose handler has left",
        "%(num)s open cases whose handler has left",
        count,
    )
    url = url_for("queue.cases", groups=group.code, left="1")
    return {"label": said, "kind": "bad", "who": "", "on": None, "url": url}


def field_of(group: Any, who: Reader) -> str:
    """Return where or in what a group works."""
    if group.jurisdiction:
        return place_name(group.jurisdiction, None, who.preset, who.language)
    words = (who.preset.taxonomy.sectors.get(code) for code in group.sectors)
    joint = "、" if who.language.startswith("zh") else ", "
    return joint.join(one.in_language(who.language) for one in words if one)


def remit_of(group: Any, who: Reader) -> str:
    """Return what a group is there for: what was written of it, else the preset's words."""
    own = group.remit_zh if who.language.startswith("zh") else group.remit_en
    preset = next((one for one in who.preset.city.groups if one.code == group.code), None)
    said = preset.remit.in_language(who.language) if preset and preset.remit else ""
    return own or said


def one_of_them(group: Any) -> dict[str, Any]:
    """Return a group with its people."""
    who, session = reader(), db.session()
    people = accounts.terms_in_groups(session, on=who.today, group_id=group.id).get(group.id, ())
    held = held_by_groups(session, who.actor, today=who.today, now=now()).get(group.id)
    return {
        "group": group,
        "name": group_name(group),
        "kind": str(KIND_LABELS[group.kind]),
        "field_name": _("Jurisdiction") if group.jurisdiction else _("Sectors"),
        "field": field_of(group, who),
        "remit": remit_of(group, who),
        "people": list(rows_of_people(group, people, who.today)),
        "liaison": next((p.name for p in people if p.account_id == group.liaison_id), ""),
        "numbers": numbers(group, held, who),
        "sees": who.sees(group, held),
        "gaps": gaps(group, people, held, who),
        "reads_cases": may_somewhere(who.actor, Action.READ_FILE),
        "may_edit": may(who.actor, Action.MANAGE_PEOPLE),
    }


def rows_of_people(group: Any, people: Iterable[Term], today: date) -> Iterable[dict[str, Any]]:
    """Yield everybody who is in a group or will be."""
    for one in people:
        yield {
            "name": one.name,
            "post": one.post,
            "role": str(ROLES[one.role]),
            "since": one.starts_on,
            "until": one.ends_on,
            "is_liaison": one.account_id == group.liaison_id and one.holds_on(today),
            "is_to_come": not one.holds_on(today),
            "ends_soon": one.ends_soon(today),
        }
