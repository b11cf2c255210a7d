"""Forms of an inspection by checklist: which one, an item, the record."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.fields import (
    BooleanField,
    FieldList,
    FormField,
    IntegerField,
    MultipleFileField,
    RadioField,
    SelectChoice,
    StringField,
)
from wtforms.validators import Length, Optional, ValidationError

from portal.cases.lifecycle import commands as c
from portal.handling.forms.base import AtCase, chosen, is_listed, line, radios, words
from portal.handling.forms.group import HAZARDS_MAX, HazardRow, InspectForm
from portal.inspections.kinds import SIGNING_LABELS, Result, Side, Signing
from portal.inspections.lifecycle import Signature, strokes_of
from portal.inspections.services import Entry
from portal.presets.checklist_kinds import Item, Major

#: As they stand on the page: what is chosen most comes first.
RESULTS = (Result.PASS, Result.FAIL, Result.PARTIAL, Result.NOT_APPLICABLE, Result.NOT_CHECKED)
JUDGED = (
    SelectChoice("major", _l("I take it for major; people decide by the criterion")),
    SelectChoice("general", _l("General hazard")),
)


#: Who signs for the unit, among the drawings.
UNIT = "unit"
#: Characters of all drawings together.
DRAWN_MAX = 200_000
SIGNINGS = tuple(SelectChoice(one.value, SIGNING_LABELS[one]) for one in Signing)


class ChooseForm(FlaskForm):
    """By which checklist."""

    code = RadioField(_l("Checklist"), validators=[is_listed], validate_choice=False)


class AnswerForm(FlaskForm):
    """One item. What is no choice for it is not on the page."""

    seen = IntegerField(validators=[Optional()])
    result = radios(_l("What came of it"))
    place = line(_l("Where exactly"), longest=200)
    note = words(_l("What you saw"), longest=2000)
    major = radios(_l("Is it a major hazard?"), JUDGED)
    on_spot = BooleanField(_l("Put right before we left"))
    files = MultipleFileField(
        _l("Photos"),
        description=_l("JPEG, PNG, WebP, HEIC or PDF. Place, time and model are removed."),
    )

    def suit(self, item: Item) -> "AnswerForm":
        """Leave out what this item cannot be, and return the form."""
        fitting = [
            one for one in RESULTS if item.major is not Major.LISTED or one is not Result.PARTIAL
        ]
        self.result.choices = [SelectChoice(one.value, one.label) for one in fitting]
        if item.major is Major.NONE:
            del self.major
        return self

    def for_any(self) -> "AnswerForm":
        """Offer what any item can be, and return the form; a phone leaves out what does not fit."""
        self.result.choices = [SelectChoice(one.value, one.label) for one in RESULTS]
        return self

    def fill(self, row: Any) -> None:
        """Show what was entered."""
        self.result.data = row.result
        self.place.data, self.note.data, self.on_spot.data = row.place, row.note, row.on_spot
        if "major" in self and row.result is Result.FAIL:
            self.major.data = "major" if row.major else "general"

    def entry(self) -> Entry:
        """Return what was typed."""
        result = chosen(self.result)
        is_fail = result == Result.FAIL
        return Entry(
            result=Result(result) if result else None,
            note=self.note.data or "",
            place=self.place.data or "",
            major=is_fail and "major" in self and chosen(self.major) == "major",
            on_spot=is_fail and bool(self.on_spot.data),
        )

    @property
    def files_chosen(self) -> list[Any]:
        return [file for file in self.files.data or () if getattr(file, "filename", "")]


class FinishForm(InspectForm):
    """The record: who was there when, what it comes to, and what stands on no checklist."""

    #: How often anything was entered, as the page showed it.
    entered = IntegerField(validators=[Optional()])
    hazards = FieldList(FormField(HazardRow), min_entries=0, max_entries=HAZARDS_MAX)
    files = None
    inspectors_sign = words(
        _l("Signatures of the inspectors"), _l("Each types their own name, one a line."), 500
    )
    sign_unit = radios(_l("The person in charge at the unit"), SIGNINGS)
    signer_name = line(_l("Name of who signs for the unit"), longest=100)
    signer_post = line(_l("Post there"), longest=100)
    refusal = words(
        _l("Why nobody of the unit signs"), _l("Only if so. It is noted in the record."), 500
    )
    #: JSON of strokes by who drew them: an inspector's id, or UNIT. Filled in by a script alone.
    drawn = StringField(_l("Drawn signatures"), [Length(max=DRAWN_MAX)])

    def validate_drawn(self, field: Any) -> None:
        try:
            for strokes in self.drawings().values():
                strokes_of(strokes)
        except ValueError as error:
            raise ValidationError(
                _("A drawn signature could not be read. Draw it again, or leave it: names suffice.")
            ) from error

    def drawings(self) -> dict[str, str]:
        """Return the strokes by who drew them. Raises ValueError."""
        found = json.loads(self.drawn.data or "{}")
        if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
            raise ValueError("no drawings")
        return {who: strokes for who, strokes in found.items() if strokes}

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        self.finding.label.text = _("What you found, in short")
        self.finding.description = _("What failed is in the record already.")

    def command(self, at: AtCase) -> c.Inspect:
        return replace(super().command(at), signatures=tuple(self.signatures(at)))

    def signatures(self, at: AtCase) -> Iterator[Signature]:
        """Yield what was typed as signatures; a name that is no inspector's signs for nobody."""
        inspectors, drawn = set(self.inspectors.data or ()), self.drawings()
        left = [(person, name) for _id, person, name in at.members if person in inspectors]
        for typed in (self.inspectors_sign.data or "").splitlines():
            own = next((one for one in left if one[1] == typed.strip()), None)
            if own:
                left.remove(own)
                yield Signature(
                    side=Side.INSPECTOR,
                    name=own[1],
                    person=own[0],
                    drawn=drawn.get(str(own[0]), ""),
                )
        signing = chosen(self.sign_unit)
        if signing:
            yield Signature(
                side=Side.UNIT,
                signing=Signing(signing),
                name=self.signer_name.data or "",
                post=self.signer_post.data or "",
                reason=self.refusal.data or "",
                drawn=drawn.get(UNIT, "") if signing == Signing.SIGNED else "",
            )

    def shown(self) -> list[Any]:
        return [field for field in super().shown() if field.name not in ("entered", "drawn")]
