"""Forms of the register of units."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms.fields import IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import Length, Optional

from portal.foundation.errors import Incomplete
from portal.handling.forms.base import is_listed, line
from portal.handling.forms.sorting import place_choices, place_value, settled_place
from portal.presets.kinds import RISK_COLOURS, Preset
from portal.units.kinds import FIELD_LABELS, REASONS, SIZE_LABELS, Size
from portal.units.lifecycle.fields import LONGEST, UnitFields
from portal.units.lifecycle.table import whole_number
from portal.web.public_forms import cleaned

COLOUR_LABELS = {
    "red": _l("Red · severe risk"),
    "orange": _l("Orange · high risk"),
    "yellow": _l("Yellow · moderate risk"),
    "blue": _l("Blue · low risk"),
}
NOT_KNOWN = _l("Not known")


def pick(label: Any, description: Any = "") -> SelectField:
    """Return a list from which nothing need be chosen."""
    return SelectField(
        label,
        choices=[],
        validate_choice=False,
        validators=[Optional(), is_listed],
        description=description,
    )


class FindForm(FlaskForm):
    """Words and filters of the register; sent by GET."""

    class Meta:
        csrf = False

    q = StringField(_l("Name, address, sector or code"), [Length(max=200)], filters=[cleaned])
    sector = pick(_l("Sector"))
    place = pick(_l("District or township"))
    colour = pick(_l("Risk colour"))

    def suit(self, preset: Preset, language: str) -> None:
        """Fill the lists."""
        every = _("All")
        self.sector.choices = [SelectChoice("", every), *_sectors(preset, language)]
        self.place.choices = [SelectChoice("", every), *place_choices(preset, language)[1:]]
        self.colour.choices = [SelectChoice("", every), *_colours()]


class UnitForm(FlaskForm):
    """All that the register holds of a unit."""

    #: The version that the person had before them; 0 for a new unit.
    seen = IntegerField(default=0)
    name = line(FIELD_LABELS["name"], longest=LONGEST["name"])
    registration_code = line(
        FIELD_LABELS["registration_code"],
        _l("Unified social credit code, 18 digits and letters. Leave it empty if there is none."),
        50,
    )
    address = line(FIELD_LABELS["address"], longest=LONGEST["address"])
    place = pick(_l("District or township"))
    sector = pick(FIELD_LABELS["sector"])
    size = pick(FIELD_LABELS["size"])
    workers = line(FIELD_LABELS["workers"], longest=20)
    contact_name = line(
        FIELD_LABELS["contact_name"], _l("A post, if possible."), LONGEST["contact_name"]
    )
    contact_phone = line(FIELD_LABELS["contact_phone"], longest=LONGEST["contact_phone"])
    contact_email = line(FIELD_LABELS["contact_email"], longest=LONGEST["contact_email"])
    risk_colour = pick(
        FIELD_LABELS["risk_colour"],
        _l("Of the unit as a whole. Each hazard keeps a colour of its own."),
    )
    risk_reason = line(
        FIELD_LABELS["risk_reason"], _l("Needed with a colour."), LONGEST["risk_reason"]
    )

    def suit(self, preset: Preset, language: str) -> None:
        """Fill the lists."""
        none = [SelectChoice("", NOT_KNOWN)]
        self.place.choices = none + place_choices(preset, language)[1:]
        self.sector.choices = none + _sectors(preset, language)
        self.size.choices = none + [
            SelectChoice(size.value, label) for size, label in SIZE_LABELS.items()
        ]
        self.risk_colour.choices = [SelectChoice("", _("Not assessed")), *_colours()]

    def show(self, unit: UnitFields, version: int) -> None:
        """Fill in what is known."""
        self.seen.data = version
        for field in self:
            if hasattr(unit, field.name):
                value = getattr(unit, field.name)
                field.data = "" if value is None else str(value)
        self.place.data = place_value(unit.jurisdiction, unit.township)

    def fields(self) -> UnitFields:
        """Return what was typed. Raises Incomplete for what is no number."""
        district, township = settled_place(self.place.data or "")
        workers = (self.workers.data or "").strip()
        return UnitFields(
            name=self.name.data or "",
            registration_code=self.registration_code.data,
            address=self.address.data or "",
            jurisdiction=district or None,
            township=township,
            sector=self.sector.data,
            size=Size(self.size.data) if self.size.data else None,
            workers=whole_number(workers) if workers else None,
            contact_name=self.contact_name.data or "",
            contact_phone=self.contact_phone.data,
            contact_email=self.contact_email.data,
            risk_colour=self.risk_colour.data,
            risk_reason=self.risk_reason.data or "",
        )

    def point_at(self, lack: Incomplete) -> None:
        """Put the sentence of a refusal at its field."""
        name = "place" if lack.field in ("jurisdiction", "township") else lack.field
        self[name].errors = [*self[name].errors, reason_words(lack.reason)]


class ImportForm(FlaskForm):
    """A file of units."""

    file = FileField(_l("CSV file"))


def reason_words(reason: str) -> str:
    """Return what to do about what was refused."""
    return str(REASONS[reason])


def _sectors(preset: Preset, language: str) -> list[SelectChoice]:
    return [
        SelectChoice(code, words.in_language(language))
        for code, words in preset.taxonomy.sectors.items()
    ]


def _colours() -> list[SelectChoice]:
    return [SelectChoice(colour, COLOUR_LABELS[colour]) for colour in RISK_COLOURS]
