"""Forms of a listed hazard: accepted by another body, asked and decided to be struck off."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.fields import DateField, MultipleFileField, SelectChoice
from wtforms.validators import Optional

from portal.cases.lifecycle import step_commands as s
from portal.cases.lifecycle.listing import waiting
from portal.handling.forms.base import (
    AtCase,
    Overriding,
    UuidRadio,
    as_uuid,
    chosen,
    line,
    radios,
    words,
)

RESULTS = (SelectChoice("yes", _l("Work accepted")), SelectChoice("no", _l("Work not accepted")))
RULINGS = (SelectChoice("yes", _l("Strike it off")), SelectChoice("no", _l("It stays listed")))


def _files(label: Any) -> MultipleFileField:
    """The view takes them in before anything is written."""
    return MultipleFileField(
        label, description=_l("JPEG, PNG, WebP, HEIC or PDF. Place, time and model are removed.")
    )


class _OfListing(Overriding):
    listing_id = UuidRadio(_l("Listed hazard"))

    def able(self, at: AtCase) -> set[Any]:
        """Return the listings that it can be about."""
        raise NotImplementedError

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        able = self.able(at)
        self.listing_id.choices = [
            SelectChoice(str(one.id), f"{one.number}: {_said(at, one)}")
            for one in at.sheet.listings
            if one.id in able
        ]
        if self.is_fresh and len(self.listing_id.choices) == 1:
            self.listing_id.data = as_uuid(self.listing_id.choices[0].value)


def _said(at: AtCase, one: Any) -> str:
    shown = at.sheet.text(one.published_text_id)[:60]
    return f"{shown} · {at.sheet.text(one.asked_text_id)}" if one.asked_text_id else shown


class AcceptWorkForm(_OfListing):
    body = line(_l("Which body accepts"), _l("Not the one that handled it."), 200)
    people = words(_l("Who acted for it"), _l("Name and post, experts too; one a line."), 1000)
    accepted_on = DateField(_l("Day of the acceptance"), [Optional()])
    passed = radios(_l("Result"), RESULTS)
    opinion = words(_l("Opinion"), longest=2000)
    files = _files(_l("The signed opinion as a picture or PDF"))

    def able(self, at: AtCase) -> set[Any]:
        return {one.id for one in waiting(at.facts)}

    def suit(self, at: AtCase) -> None:
        super().suit(at)
        if self.is_fresh:
            self.accepted_on.data = at.facts.today

    def command(self, at: AtCase) -> s.AcceptWork:
        said = chosen(self.passed)
        return s.AcceptWork(
            **self.first(at),
            listing_id=self.listing_id.data,
            body=self.body.data or "",
            people=self.people.data or "",
            accepted_on=self.accepted_on.data,
            passed=said == "yes" if said else None,
            opinion=self.opinion.data or "",
        )


class AskDelistingForm(_OfListing):
    proof = words(_l("What shows that it can be struck off"), longest=2000)
    files = _files(_l("Photos or papers that show it"))

    def able(self, at: AtCase) -> set[Any]:
        return {one.id for one in at.facts.listings if one.stands and one.is_accepted}

    def command(self, at: AtCase) -> s.AskDelisting:
        return s.AskDelisting(
            **self.first(at), listing_id=self.listing_id.data, proof=self.proof.data or ""
        )


class DecideDelistingForm(_OfListing):
    granted = radios(_l("Ruling"), RULINGS)
    reason = words(_l("Reason"), _l("If it is struck off, the addressee reads it."), 2000)

    def able(self, at: AtCase) -> set[Any]:
        return {one.id for one in at.facts.listings if one.stands and one.asked_by}

    def command(self, at: AtCase) -> s.DecideDelisting:
        said = chosen(self.granted)
        return s.DecideDelisting(
            **self.first(at),
            listing_id=self.listing_id.data,
            granted=said == "yes" if said else None,
            reason=self.reason.data or "",
        )
