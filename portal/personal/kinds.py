"""What can be found in a text."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """In the order in which one wins where two overlap."""

    ID = "id"
    PHONE = "phone"
    PLATE = "plate"
    NAME = "name"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of the text, `text[start:end]`."""

    kind: Kind
    start: int
    end: int
    words: str
