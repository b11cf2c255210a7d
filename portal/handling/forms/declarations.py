"""Forms about what units declare, and about their accounts."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.fields import SelectChoice, StringField
from wtforms.validators import Length

from portal.foundation.errors import Incomplete
from portal.handling.forms.base import line
from portal.handling.forms.sorting import place_choices
from portal.handling.forms.units import pick
from portal.presets.kinds import Preset
from portal.selfinspections.queries import Show
from portal.web.public_forms import cleaned

SHOWN = {
    Show.MISSING: _l("Not declared"),
    Show.DECLARED: _l("Declared"),
    Show.NIL: _l("Nothing found"),
    Show.MARKED: _l("Signed by another than the chain names"),
}
REASONS = {
    "name_missing": _l("Write the name."),
    "email_missing": _l("Type an address like name@example.org"),
    "email_taken": _l("Another account has this address."),
}


class MonthForm(FlaskForm):
    """Words and filters of the list of a month; sent by GET."""

    class Meta:
        csrf = False

    period = pick(_l("Month"))
    q = StringField(_l("Name, address, sector or code"), [Length(max=200)], filters=[cleaned])
    sector = pick(_l("Sector"))
    place = pick(_l("District or township"))
    show = pick(_l("Which to show"))

    def suit(self, preset: Preset, language: str, months: list[tuple[str, str]]) -> None:
        """Fill the lists."""
        every = _("All")
        sectors = preset.taxonomy.sectors.items()
        self.period.choices = [SelectChoice(code, words) for code, words in months]
        self.sector.choices = [
            SelectChoice("", every),
            *(SelectChoice(code, words.in_language(language)) for code, words in sectors),
        ]
        self.place.choices = [SelectChoice("", every), *place_choices(preset, language)[1:]]
        self.show.choices = [SelectChoice(one.value, label) for one, label in SHOWN.items()]


class InviteForm(FlaskForm):
    """Who at the unit gets an account."""

    name = line(_l("Name"), longest=100)
    post = line(_l("Post there"), longest=100)
    email = line(
        _l("Mail address"), _l("The link that sets the password goes there. It works once."), 200
    )

    def point_at(self, lack: Incomplete) -> None:
        """Put the sentence of a refusal at its field."""
        words = str(REASONS[lack.reason])
        self[lack.field].errors = [*self[lack.field].errors, words]


def plain(value: Any) -> str:
    """Return what an address asks for, without what no database holds."""
    return (value or "").replace("\x00", "")[:200]


__all__ = ["SHOWN", "InviteForm", "MonthForm", "plain"]
