"""What a reporter sends, and the arithmetic of nonce and receipt code. Pure."""

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.presets.kinds import NOT_SURE, Question, QuestionKind
from portal.reports.kinds import ANSWER_LABELS, ANSWER_MAX, NUMBER_MAX

NONCE_BYTES = 16
CODE_DIGITS = 16
CODES = 10**CODE_DIGITS
#: Draws of 64 bits at or above this would favour small codes: they are drawn anew.
FAIR_BELOW = 2**64 - 2**64 % CODES


@dataclass(frozen=True, kw_only=True)
class File:
    """One report as it is sent. Lengths and listed codes were checked by the form's definition;
    the service checks again.
    """

    text: str
    place: str
    kind: str = "hazard"
    jurisdiction: str | None = None
    township: str | None = None
    claimed_category: str | None = None
    relation: str | None = None
    #: The unit whose QR code was scanned.
    claimed_unit: UUID | None = None
    #: Published cases of which the reporter says that it is one.
    said_same_as: Sequence[UUID] = ()
    #: To the follow-up questions of the claimed category, by the question's code.
    answers: Mapping[str, str] = field(default_factory=dict)
    language: str = "zh_Hans_CN"
    channel: str = "web"
    #: When it reached the office, where somebody took it down later; None: it is filed as it comes.
    arrived_at: datetime | None = None
    #: Longitude and latitude in degrees of WGS 84, and the datum of what was given.
    point: tuple[float, float] | None = None
    datum: str | None = None
    #: Sealed at once; field → what was typed.
    contact: Mapping[str, str] = field(default_factory=dict)
    #: It came above the rate at which all are read in turn: sorted behind the others.
    slow_lane: bool = False
    #: Files of the draft, as `attachments` described them.
    files: Sequence[Any] = ()


def nonce_hash(nonce: bytes) -> bytes:
    """Return what the database holds of a nonce."""
    return hashlib.sha256(b"nonce\x00" + nonce).digest()


def nonce_of(text: str | None) -> bytes | None:
    """Return the nonce in a cookie or hidden field, None for anything else."""
    try:
        nonce = bytes.fromhex(text or "")
    except ValueError:
        return None
    return nonce if len(nonce) == NONCE_BYTES else None


def draft_key(nonce: bytes, key: bytes) -> bytes:
    """Return the 32 bytes under which a draft is encrypted: needs browser and server together."""
    return hmac.digest(key, b"draft\x00" + nonce, "sha256")


def thread_nonce(report_id: UUID, key: bytes) -> bytes:
    """Return the nonce under which a reporter's next message is a draft: only we can make it."""
    return hmac.digest(key, b"thread\x00" + report_id.bytes, "sha256")[:NONCE_BYTES]


def outside_nonce(inside_id: UUID, key: bytes) -> bytes:
    """Return the nonce under which an inside report is filed outside: pressed twice, filed once."""
    return hmac.digest(key, b"outside\x00" + inside_id.bytes, "sha256")[:NONCE_BYTES]


def receipt_code(nonce: bytes, key: bytes) -> str:
    """Return the 16 digits that belong to a nonce: the same on every sending, nothing stored."""
    counter = 0
    while True:
        drawn = hmac.digest(key, b"receipt\x00" + nonce + counter.to_bytes(4), "sha256")
        number = int.from_bytes(drawn[:8])
        if number < FAIR_BELOW:
            return f"{number % CODES:0{CODE_DIGITS}d}"
        counter += 1


def receipt_hash(code: str, key: bytes) -> bytes:
    """Return what the database holds of a receipt code."""
    return hmac.digest(key, code.encode(), "sha256")


def cleaned_code(typed: str) -> str | None:
    """Return the 16 digits that were typed, in whatever form and with separators, or None."""
    digits = "".join(
        char for char in unicodedata.normalize("NFKC", typed) if not _is_separator(char)
    )
    if len(digits) == CODE_DIGITS and digits.isascii() and digits.isdigit():
        return digits
    return None


def _is_separator(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in ("Pd", "Cf") or char in "._·−"


def is_answer(question: Question, value: str) -> bool:
    """Say whether the question takes this answer."""
    if question.kind is QuestionKind.YES_NO:
        return value in ("yes", "no", NOT_SURE)
    if question.kind is QuestionKind.CHOICE:
        return value == NOT_SURE or value in question.options
    if question.kind is QuestionKind.NUMBER:
        return as_number(value) is not None
    return bool(value.strip()) and len(value) <= ANSWER_MAX


def as_number(typed: str) -> int | None:
    """Return the whole number that was typed, in whatever digits; None for anything else."""
    digits = unicodedata.normalize("NFKC", typed).strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(NUMBER_MAX))):
        return None
    return int(digits) if int(digits) <= NUMBER_MAX else None


def kept_answers(taxonomy_version: int, category: str, answers: Mapping[str, str]) -> str:
    """Return the answers as the words that the report keeps: codes under the taxonomy's version."""
    held = {"taxonomy": taxonomy_version, "category": category, "answers": dict(answers)}
    return json.dumps(held, ensure_ascii=False, sort_keys=True)


def read_answers(words: str) -> tuple[int, str, Mapping[str, str]]:
    """Return version of the taxonomy, category and answers of what `kept_answers` made."""
    held = json.loads(words)
    return int(held["taxonomy"]), str(held["category"]), dict(held["answers"])


def said_answers(
    questions: Iterable[Question], answers: Mapping[str, str], language: str
) -> list[tuple[str, str]]:
    """Return question and answer as people read them; nothing for what was not answered."""
    return [
        (one.name.in_language(language), _in_words(one, answers[one.code], language))
        for one in questions
        if one.code in answers
    ]


def _in_words(question: Question, value: str, language: str) -> str:
    is_listed = question.kind in (QuestionKind.YES_NO, QuestionKind.CHOICE)
    if is_listed and value in ANSWER_LABELS and value not in question.options:
        return str(ANSWER_LABELS[value])
    option = question.options.get(value)
    return option.in_language(language) if option else value
