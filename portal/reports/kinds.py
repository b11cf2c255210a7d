"""Words of reports that need no database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.presets.kinds import NOT_SURE
from portal.routing.datum import GCJ02, WGS84


class Sender(StrEnum):
    REPORTER = "reporter"
    STAFF = "staff"


class Contacted(StrEnum):
    """The reporter's answer to "were you contacted?"; counts for the response rate."""

    YES = "yes"
    NO = "no"

    @property
    def label(self) -> str:
        return str(CONTACTED_LABELS[self])


class Solved(StrEnum):
    """The reporter's answer to "is the problem solved?"; counts for the resolution rate."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"

    @property
    def label(self) -> str:
        return str(SOLVED_LABELS[self])


class Satisfied(StrEnum):
    """The reporter's answer to "how was it handled?"; counts for the satisfaction rate."""

    SATISFIED = "satisfied"
    BASICALLY = "basically"
    NOT = "not"

    @property
    def label(self) -> str:
        return str(SATISFIED_LABELS[self])


CONTACTED_LABELS = {Contacted.YES: _l("Yes, I was"), Contacted.NO: _l("No, I was not")}
SOLVED_LABELS = {
    Solved.YES: _l("Yes, it is solved"),
    Solved.PARTLY: _l("In part"),
    Solved.NO: _l("No"),
}
SATISFIED_LABELS = {
    Satisfied.SATISFIED: _l("Satisfied"),
    Satisfied.BASICALLY: _l("Basically satisfied"),
    Satisfied.NOT: _l("Not satisfied"),
}

#: What the matter is to the reporter; never asked for, never checked.
RELATION_LABELS = {
    "worker": _l("I work there"),
    "neighbour": _l("I live or work nearby"),
    "customer": _l("I am a customer or visitor"),
    "passer_by": _l("I passed by"),
}

#: In which datum somebody gives a point; the point itself is kept in WGS 84.
DATUM_LABELS = {
    WGS84: _l("WGS 84, as satellites and most phones give it"),
    GCJ02: _l("GCJ-02, as Chinese maps give it"),
}

#: Answers that questions have in common.
ANSWER_LABELS = {"yes": _l("Yes"), "no": _l("No"), NOT_SURE: _l("Not sure")}
#: Bounds of an answer in words and of one in figures.
ANSWER_MAX = 200
NUMBER_MAX = 1_000_000

#: Bounds of the report's text in characters (code points).
TEXT_MIN = 2
TEXT_MAX = 5000
PLACE_MAX = 500
MESSAGE_MAX = 5000


class Door(StrEnum):
    """Where a report is filled in."""

    WEB = "web"
    #: The page of the form that a device keeps.
    OFFLINE = "offline"
    #: Staff take it down for somebody.
    STAFF = "staff"
    PAPER = "paper"


class Shape(StrEnum):
    """How a field of a report is filled in."""

    WORDS = "words"
    LINE = "line"
    #: One of a list of the city's.
    CHOICE = "choice"
    PLACE = "place"
    POINT = "point"
    DATUM = "datum"
    #: The token in a unit's QR code.
    CODE = "code"
    #: What the chosen kind asks besides: the taxonomy has the questions.
    QUESTIONS = "questions"
    FILES = "files"
    #: Of mail, or of a chat robot.
    ADDRESS = "address"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportField:
    """One thing that a reporter may tell; every door asks for it under the same words."""

    name: str
    shape: Shape
    label: Any
    hint: Any = ""
    #: The sentence with which somebody asks for it on the telephone.
    asked: Any
    #: The page of the web form on which it stands.
    page: int
    #: Fewest characters, and what to say where they are not there; 0: may be left out.
    least: int = 0
    lacking: Any = ""
    #: Most characters, and what to say where there are more.
    most: int = 0
    too_long: Any = ""
    #: What to say to a choice that no list has; None: the form's own words.
    unlisted: Any = None
    #: Sealed at once and kept from everybody who handles the report.
    is_sealed: bool = False
    #: On the web it stands in a form of its own and is needed there alone.
    is_own_form: bool = False
    #: The doors that can't ask for it, each with the reason.
    without: Mapping[Door, str] = field(default_factory=dict)

    def is_at(self, door: Door) -> bool:
        return door not in self.without

    @property
    def is_needed(self) -> bool:
        return self.least > 0 and not self.is_own_form


_NO_MAP = "A map needs a network; the page says to write the place so that it can be found."
_NO_CAMERA = "The code is read by the camera of a phone, which then opens the web form."

#: What a report holds, in the order in which it is asked for. The web form, the page without a
#: network, the printed form and the form by which staff take a report down are built from this and
#: hold no other fields.
REPORT_FIELDS = (
    ReportField(
        name="text",
        shape=Shape.WORDS,
        label=_l("What danger did you see?"),
        hint=_l("What it is, why it is dangerous, when you saw it. Please leave out your name."),
        asked=_l("What danger did you see? When, and is it still there?"),
        page=1,
        least=TEXT_MIN,
        lacking=_l("Write what you saw, two characters at least."),
        most=TEXT_MAX,
        too_long=_l("Write at most 5,000 characters. You can add more later."),
    ),
    ReportField(
        name="category",
        shape=Shape.CHOICE,
        label=_l("Is it one of these?"),
        unlisted=_l("Choose one of the kinds, or “Not sure”."),
        asked=_l("I will name some kinds of danger: is it one of them? “Not sure” is fine."),
        page=1,
    ),
    ReportField(
        name="place",
        shape=Shape.WORDS,
        label=_l("Where is it?"),
        hint=_l("Enough for someone to find it: the unit's name, the road, what is beside it."),
        asked=_l("Where is it? What is the unit called, which road, what is beside it?"),
        page=1,
        least=1,
        lacking=_l("Write where it is, so that someone can find it."),
        most=PLACE_MAX,
        too_long=_l("Write at most 500 characters about the place."),
    ),
    ReportField(
        name="jurisdiction",
        shape=Shape.PLACE,
        label=_l("District or town"),
        unlisted=_l("Choose a district or town from the list."),
        asked=_l("In which district or town is that?"),
        page=1,
    ),
    ReportField(
        name="pin",
        shape=Shape.POINT,
        label=_l("Pin on the map"),
        asked=_l("Do you know the point on the map? If not, the words are enough."),
        page=1,
        without={Door.OFFLINE: _NO_MAP},
    ),
    ReportField(
        name="datum",
        shape=Shape.DATUM,
        label=_l("Datum of the pin"),
        asked=_l("If you read the point off a map: is it a Chinese map, or does it come from GPS?"),
        page=1,
        without={Door.OFFLINE: _NO_MAP},
    ),
    ReportField(
        name="unit",
        shape=Shape.CODE,
        label=_l("Code of the unit"),
        asked=_l("Did you scan a code at the unit?"),
        page=1,
        without={
            Door.OFFLINE: _NO_CAMERA,
            Door.STAFF: f"{_NO_CAMERA} The desk finds the unit by its name when it accepts.",
            Door.PAPER: _NO_CAMERA,
        },
    ),
    ReportField(
        name="answers",
        shape=Shape.QUESTIONS,
        label=_l("About what you saw"),
        asked=_l("I have some questions about this kind; “not sure” is fine."),
        page=2,
        without={Door.PAPER: "Each kind has questions of its own; on paper the lines take them."},
    ),
    ReportField(
        name="photos",
        shape=Shape.FILES,
        label=_l("Photos or files"),
        asked=_l("Do you have photos? You can add them later with your code."),
        page=2,
    ),
    ReportField(
        name="name",
        shape=Shape.LINE,
        label=_l("Your name"),
        asked=_l("You may stay anonymous. If you want to leave a name: what is it?"),
        page=2,
        most=100,
        is_sealed=True,
    ),
    ReportField(
        name="phone",
        shape=Shape.LINE,
        label=_l("Phone or another way to reach you"),
        asked=_l("And a way to reach you? It is sealed; you may also leave none."),
        page=2,
        most=200,
        is_sealed=True,
    ),
    ReportField(
        name="relation",
        shape=Shape.CHOICE,
        label=_l("What is it to you?"),
        asked=_l("Do you work there or live nearby? You need not say."),
        page=2,
    ),
    ReportField(
        name="address",
        shape=Shape.ADDRESS,
        label=_l("Mail address, or https:// address of a chat robot"),
        hint=_l("We write only: there is something new. No code, no link, nothing of your report."),
        asked=_l(
            "Shall we write to a mail address when there is something new? It is not sealed like"
            " contact details: this server can read it."
        ),
        page=4,
        least=1,
        lacking=_l("Type an address like name@example.org"),
        most=300,
        is_own_form=True,
        without={Door.OFFLINE: "Asked for where the code stands, once the report has arrived."},
    ),
)
