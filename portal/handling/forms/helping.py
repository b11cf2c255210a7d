"""Forms of help: written down, taken up, declined, advice, findings, its end, whether it helped."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.fields import BooleanField, DateField, SelectChoice, SelectField
from wtforms.validators import Optional

from portal.assistance.kinds import (
    FOLLOWED_LABELS,
    HELPED_LABELS,
    KIND_LABELS,
    ORIGIN_LABELS,
    HelpEnd,
    Origin,
)
from portal.assistance.lifecycle import Wish
from portal.foundation.errors import Incomplete, OutOfTurn
from portal.handling.forms.base import UuidRadio, UuidSelect, as_uuid, chosen, line, radios, words
from portal.handling.forms.sorting import place_choices, place_value, settled_place
from portal.handling.forms.units import pick
from portal.handling.forms.words import reason_words
from portal.inspections.kinds import Level
from portal.presets.kinds import Preset

NAME_MAX = 100
NUMBERS_MAX = 500  # characters
STATES = {
    "": _l("All that wait for somebody"),
    "waiting": _l("Waits for an answer"),
    "under_way": _l("Help under way"),
    "to_ask": _l("Given, not judged yet"),
    "done": _l("Help given"),
    "declined": _l("Help declined"),
    "not_wanted": _l("Help not wanted"),
    "all": _l("All of them"),
}
LEVELS = (
    SelectChoice(Level.GENERAL.value, _l("General: the unit puts it right by itself until a day")),
    SelectChoice(Level.MAJOR.value, _l("Major: it is registered at once, as a case of its own")),
)
ENDS = (
    SelectChoice(HelpEnd.DONE.value, _l("It was given")),
    SelectChoice(HelpEnd.NOT_WANTED.value, _l("It is not wanted, or not any more")),
)
OWNER = _l("Who handles it")
PLAN = _l("What will be done")


def choices(labels: Mapping[Any, Any]) -> list[SelectChoice]:
    """Return the words of a kind as choices."""
    return [SelectChoice(one.value, label) for one, label in labels.items()]


def said_why(lack: Incomplete | OutOfTurn) -> str:
    """Return what to do about what was refused."""
    if isinstance(lack, Incomplete):
        return reason_words(lack.reason, lack.values)
    values: dict[str, Any] = lack.args[1] if len(lack.args) > 1 else {}
    return reason_words(lack.args[0], values)


class HelpForm(FlaskForm):
    """What all forms of help have."""

    def suit(self, people: Sequence[tuple[UUID, str]], today: date, own: UUID | None) -> None:
        """Fill in who of the group can handle it."""
        if "owner_id" in self:
            self["owner_id"].choices = [SelectChoice(str(one), name) for one, name in people]
            if not self.is_submitted():
                self["owner_id"].data = own

    def point_at(self, lack: Incomplete | OutOfTurn) -> None:
        """Put a sentence at its field, or on top where there is none."""
        name = lack.field if isinstance(lack, Incomplete) else ""
        if name in self:
            self[name].errors = [*self[name].errors, said_why(lack)]
        else:
            self.form_errors.append(said_why(lack))


class FindHelpForm(FlaskForm):
    """Which help is listed; sent by GET."""

    class Meta:
        csrf = False

    state = pick(_l("How far it is"))
    kind = pick(_l("Kind of help"))
    origin = pick(_l("Asked for or offered"))
    place = pick(_l("District"))
    mine = BooleanField(_l("Only what I handle"))

    def suit(self, preset: Preset, language: str) -> None:
        """Fill the lists."""
        every = SelectChoice("", _("All"))
        self.state.choices = [SelectChoice(code, label) for code, label in STATES.items()]
        self.kind.choices = [every, *choices(KIND_LABELS)]
        self.origin.choices = [every, *choices(ORIGIN_LABELS)]
        self.place.choices = [every] + [
            SelectChoice(code, one.name.in_language(language))
            for code, one in preset.taxonomy.jurisdictions.items()
        ]


class WriteDownForm(HelpForm):
    """What a unit or township asked of the group by word or paper, or help that is offered."""

    origin = radios(
        _l("What is it?"),
        (
            SelectChoice(Origin.ASKED.value, _l("Somebody asked us for help")),
            SelectChoice(Origin.OFFERED.value, _l("We offer help")),
        ),
    )
    kind = radios(_l("Kind of help"), choices(KIND_LABELS))
    of_unit = line(_l("Unit"), _l("Its name in the register, or its registration code."))
    place = SelectField(
        _l("Or a district or township"),
        description=_l("Where it is not one unit but the place that needs help."),
        validate_choice=False,
    )
    wanted = words(_l("What is needed"), _l("Theme and question, in the words of who asks."))
    name = line(_l("Name of who asks or is helped"), longest=NAME_MAX)
    post = line(_l("Their post"), longest=NAME_MAX)
    source = line(_l("How you know"), _l("A call, a letter, a talk: and when."))
    cases = words(
        _l("Cases that it is about"), _l("Their numbers, one a line. None is needed."), NUMBERS_MAX
    )
    owner_id = UuidSelect(OWNER, description=_l("Only for an offer, as what follows."))
    plan = words(PLAN)
    done_by = DateField(_l("By when"), [Optional()])

    def suit_places(self, preset: Preset, language: str) -> None:
        """Fill in the places."""
        self.place.choices = [SelectChoice("", "—"), *place_choices(preset, language)[1:]]

    def begin(self, unit_name: str, case_number: str, jurisdiction: str | None) -> None:
        """Fill in what is known of where the reader came from."""
        self.of_unit.data, self.cases.data = unit_name, case_number
        self.place.data = "" if unit_name else place_value(jurisdiction, None)

    def wish(self) -> Wish:
        """Return what was typed. Raises Incomplete."""
        if not chosen(self.origin):
            raise Incomplete("origin", "help_kind_missing")
        return Wish(
            origin=Origin(self.origin.data),
            kind=chosen(self.kind) or "",
            wanted=self.wanted.data or "",
            name=self.name.data or "",
            post=self.post.data or "",
            source=self.source.data or "",
        )

    def whom(self) -> dict[str, Any]:
        """Return for whom and about what, and what an offer says besides."""
        lines = (one.strip() for one in (self.cases.data or "").splitlines())
        place = self.place.data or ""
        return {
            "unit_name": (self.of_unit.data or "").strip(),
            "place": settled_place(place) if place else None,
            "case_numbers": [one for one in lines if one],
            "owner_id": as_uuid(self.owner_id.data),
            "plan": self.plan.data or "",
            "done_by": self.done_by.data,
        }


class TakeForm(HelpForm):
    owner_id = UuidSelect(OWNER)
    plan = words(PLAN, _l("Who asked reads it."))
    done_by = DateField(_l("By when"), [Optional()])

    def suit(self, people: Sequence[tuple[UUID, str]], today: date, own: UUID | None) -> None:
        super().suit(people, today, own)
        if not self.is_submitted():
            self.done_by.data = today + timedelta(days=14)

    def given(self) -> dict[str, Any]:
        """Return what the service takes."""
        return {
            "owner_id": as_uuid(self.owner_id.data),
            "plan": self.plan.data or "",
            "done_by": self.done_by.data,
        }


class DeclineForm(HelpForm):
    reason = words(_l("Why it can’t be given"), _l("Who asked reads it."))
    elsewhere = words(_l("Where else to go"), _l("Office, number, address. Who asked reads it."))

    def given(self) -> dict[str, Any]:
        return {"reason": self.reason.data or "", "elsewhere": self.elsewhere.data or ""}


class AdviseForm(HelpForm):
    advice = words(_l("Advice"), _l("One thing at a time. Who is helped reads it."))

    def given(self) -> dict[str, Any]:
        return {"advice": self.advice.data or ""}


class FoundForm(HelpForm):
    level = radios(_l("How grave is it?"), LEVELS)
    found = words(_l("What was found"), _l("Who is helped reads it."))
    right_by = DateField(_l("Until when the unit puts it right (only general)"), [Optional()])

    def given(self) -> dict[str, Any]:
        return {
            "level": chosen(self.level),
            "found": self.found.data or "",
            "right_by": self.right_by.data,
        }


class FollowedForm(HelpForm):
    advice_id = UuidRadio(_l("Which advice"))
    followed = radios(_l("Was it followed?"), choices(FOLLOWED_LABELS))
    shown = words(_l("How you know"), _l("A visit, a call, a picture: and when."))

    def suit_advice(self, open_ones: Sequence[tuple[UUID, str]]) -> None:
        """Fill in the advice that is not settled."""
        self.advice_id.choices = [SelectChoice(str(one), words_) for one, words_ in open_ones]
        if not self.is_submitted() and len(open_ones) == 1:
            self.advice_id.data = open_ones[0][0]

    def given(self) -> dict[str, Any]:
        return {
            "advice_id": as_uuid(self.advice_id.data),
            "followed": chosen(self.followed),
            "shown": self.shown.data or "",
        }


class FinishForm(HelpForm):
    end = radios(_l("How it ends"), ENDS)
    done = words(_l("What was done, or why it is not wanted"), _l("Who is helped reads it."))
    expert = line(_l("Expert who was consulted"), _l("Name and post; empty if there was none."))
    opinion = words(_l("The expert’s opinion"), _l("Who is helped reads it."))

    def given(self) -> dict[str, Any]:
        return {
            "end": chosen(self.end),
            "done": self.done.data or "",
            "expert": self.expert.data or "",
            "opinion": self.opinion.data or "",
        }


class JudgeForm(HelpForm):
    helped = radios(_l("Did it help?"), choices(HELPED_LABELS))
    said = words(_l("What they say"), _l("In their own words."))
    name = line(_l("Who said it: name"), longest=NAME_MAX)
    post = line(_l("Who said it: post"), longest=NAME_MAX)
    source = line(_l("How you know"), _l("A call, a letter, a talk: and when."))

    def given(self) -> dict[str, Any]:
        return {
            "helped": chosen(self.helped),
            "said": self.said.data or "",
            "name": self.name.data or "",
            "post": self.post.data or "",
            "source": self.source.data or "",
        }


class RevokeForm(HelpForm):
    def given(self) -> dict[str, Any]:
        return {}
