"""The inspection of a case on a phone without a network: what its door says to `web.along`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from portal.cases import queries
from portal.foundation.errors import OutOfTurn
from portal.handling.forms.inspecting import AnswerForm
from portal.handling.views import _inspecting as pages
from portal.handling.views._moving import title_of
from portal.handling.views._opened import Opened
from portal.inspections import services as inspecting
from portal.presets.checklist_kinds import Item
from portal.web.along import Along, NotTaken, UnderWay
from portal.web.marks import place_name
from portal.web.parcels import Kept
from portal.web.uploads import allowance


@dataclass(frozen=True, kw_only=True)
class OfCase(Along):
    """What a phone takes along of a case."""

    here: Opened
    is_over: bool

    def address(self, page: str, **more: Any) -> str:
        return pages.address_of(self.of, page, **more)

    def over_words(self) -> str:
        return str(_("This inspection is over: it was recorded or thrown away by somebody."))

    def walk(self) -> pages.Walk:
        """Return the page's own view of it. Raises OutOfTurn if it is over."""
        return pages.again(self.here)

    def under_way(self) -> UnderWay | None:
        found = None if self.is_over else pages.walk_of(self.here)
        if found is None:
            return None
        return UnderWay(
            id=found.draft.id,
            checklist=found.checklist,
            started=found.draft.started_at,
            rows=found.rows,
            photos=found.photos,
        )

    def told(self) -> dict[str, Any]:
        here = self.here
        sheet = queries.sheet_of(here.session, here.case)
        unit = sheet.units.get(here.case.unit_id)
        place = place_name(here.case.jurisdiction, here.case.township, here.preset, here.language)
        said = (
            (_("Unit"), unit.name if unit else ""),
            (_("Address"), unit.address if unit else ""),
            (_("Place"), place),
        )
        # Nothing of who reported it.
        facts = [[name, words] for name, words in said if words]
        return {"number": here.case.number, "heading": title_of(here, sheet), "facts": facts}

    def fields(self, row: Any) -> dict[str, str]:
        return {
            "result": row.result.value if row.result else "",
            "place": row.place,
            "note": row.note,
            "major": "major" if row.major else "general",
            "on_spot": "y" if row.on_spot else "",
        }

    def theirs(self, row: Any) -> list[dict[str, str]]:
        return pages.theirs(self.here, row)

    def read(self, item: Item, kept: Kept, token: str) -> inspecting.Entry:
        form = AnswerForm(formdata=kept.filled(token)).suit(item)
        if not form.validate():
            raise NotTaken(" ".join(str(said[0]) for said in form.errors.values()))
        return form.entry()

    def enter(
        self, found: UnderWay, item: str, entry: inspecting.Entry, *, seen: int, at: datetime
    ) -> int:
        given: dict[str, Any] = {"seen": seen, "by": self.person, "now": at}
        return inspecting.enter(self.session, found.id, item, entry, **given)

    def hang(self, found: UnderWay, item: Item, file: FileStorage) -> tuple[list[Any], list[str]]:
        return pages.hang(self.walk(), [file], item=item)


def of_case(case_id: UUID, *, is_under_way: bool = False) -> OfCase:
    """Open the case for who may inspect it. Raises NotAllowed.

    Where it has to be under way also OutOfTurn, if nothing can be entered just now.
    """
    here, lack = pages.permitted(case_id)
    if lack is not None and is_under_way:
        raise OutOfTurn(lack.reason, lack.values)
    return OfCase(
        session=here.session,
        account=here.actor.account_id,
        person=pages.person(here),
        now=here.now,
        language=here.language,
        limits=allowance(here.preset.city.settings),
        of=here.case.id,
        case_id=here.case.id,
        here=here,
        is_over=lack is not None,
    )
