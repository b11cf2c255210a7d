"""A unit's own check on a phone without a network: what its door says to `web.along`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from portal.enterprise.forms import ItemForm
from portal.enterprise.views import _own_walk as pages
from portal.enterprise.views._own_pages import duty_name
from portal.foundation.errors import NotFound, OutOfTurn
from portal.inspections.services import Entry
from portal.presets.checklist_kinds import Item
from portal.selfinspections import services as doing
from portal.web.along import Along, NotTaken, UnderWay
from portal.web.parcels import Kept
from portal.web.uploads import allowance


@dataclass(frozen=True, kw_only=True)
class OfUnit(Along):
    """What a phone takes along of a unit's own."""

    first: pages.Walk

    def address(self, page: str, **more: Any) -> str:
        return self.first.address(page, **more)

    def over_words(self) -> str:
        return str(_("This self-inspection is over: somebody at your unit recorded it."))

    def under_way(self) -> UnderWay | None:
        walk = pages.opened(self.of)
        if walk.row.finished_at is not None or walk.checklist is None:
            return None
        return UnderWay(
            id=walk.row.id,
            checklist=walk.checklist,
            started=walk.row.begun_at,
            rows=walk.answers,
            photos=walk.photos,
        )

    def told(self) -> dict[str, Any]:
        here, row = self.first.here, self.first.row
        said = ((_("Unit"), here.unit.name), (_("Address"), here.unit.address))
        facts = [[name, words] for name, words in said if words]
        return {"number": row.period, "heading": duty_name(row.duty, here), "facts": facts}

    def fields(self, row: Any) -> dict[str, str]:
        return {
            "result": row.result.value if row.result else "",
            "place": row.place,
            "note": row.note,
            "major": "y" if row.major else "",
        }

    def theirs(self, row: Any) -> list[dict[str, str]]:
        return pages.theirs(self.first, row)

    def read(self, item: Item, kept: Kept, token: str) -> Entry:
        form = ItemForm(formdata=kept.filled(token)).suit(item)
        if not (form.validate() and form.is_listed()):
            raise NotTaken(" ".join(str(said[0]) for said in form.errors.values()))
        return form.entry()

    def enter(self, found: UnderWay, item: str, entry: Entry, *, seen: int, at: datetime) -> int:
        actor = self.first.here.actor
        return doing.enter(self.session, actor, found.id, item, entry, seen=seen, now=at)

    def hang(self, found: UnderWay, item: Item, file: FileStorage) -> tuple[list[Any], list[str]]:
        return pages.hang(pages.opened(self.of), [file], item=item)


def of_unit(inspection_id: UUID, *, is_under_way: bool = False) -> OfUnit:
    """Open a check of the reader's unit. Raises NotFound for any other, and for one in words.

    Where it has to be under way also OutOfTurn, if it is over.
    """
    walk = pages.opened(inspection_id)
    here, person = walk.here, walk.here.actor.person_id
    if walk.checklist is None or person is None:
        raise NotFound(inspection_id)
    if is_under_way and walk.row.finished_at is not None:
        raise OutOfTurn(doing.OVER)
    return OfUnit(
        session=here.session,
        account=here.actor.account_id,
        person=person,
        now=here.now,
        language=here.language,
        limits=allowance(here.preset.city.settings),
        of=walk.row.id,
        unit_id=here.unit.id,
        first=walk,
    )
