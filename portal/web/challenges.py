"""What is asked above a rate: a proof of work for a device, or a plain question for a person.

Both stand on one page and one of them is enough; neither needs a picture, a sound or a third
party. The proof is ALTCHA's (SHA-256). Nothing is kept of a challenge until it was answered, and
then its id alone, until it runs out.
"""

import base64
import binascii
import hmac
import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from altcha import v1 as altcha
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.foundation import secrets

#: Long enough for a slow reader; who needs longer is asked anew and loses nothing.
LIFE = timedelta(hours=2)
ID_BYTES = 16
#: A proof is shorter; longer ones are not looked at.
PROOF_MAX = 2000
NUMBERS = (
    *(_l("one"), _l("two"), _l("three"), _l("four"), _l("five")),
    *(_l("six"), _l("seven"), _l("eight"), _l("nine")),
)
_DIGITS = "零一二三四五六七八九"
_ENGLISH = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
]
_ANSWERS = {
    **{word: number for number, word in enumerate(_ENGLISH)},
    **{word: number for number, word in enumerate(_DIGITS)},
    **{f"十{_DIGITS[number] if number else ''}": 10 + number for number in range(9)},
    **{f"一十{_DIGITS[number] if number else ''}": 10 + number for number in range(9)},
    **{str(number): number for number in range(19)},
    "两": 2,
    "〇": 0,
}


@dataclass(frozen=True, slots=True)
class Challenge:
    """A question in words with the token that goes with its answer, and the proof's JSON."""

    question: str
    token: str
    proof: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a challenge of ours that has not run out: which one, and whether it is right."""

    challenge: bytes
    expires: datetime
    is_right: bool


def new_challenge(*, numbers: int, entropy: Callable[[int], bytes], now: datetime) -> Challenge:
    """Return a challenge that nobody was asked before; a device tries up to `numbers` numbers."""
    expires = now + LIFE
    mark = entropy(ID_BYTES)
    first, second = _summands(mark)
    proof = altcha.create_challenge(
        altcha.ChallengeOptions(
            max_number=numbers,
            hmac_key=_key(b"proof"),
            salt=entropy(12).hex(),
            number=int.from_bytes(entropy(8)) % (numbers + 1),
            expires=expires,
        )
    )
    question = _(
        "What is %(first)s plus %(second)s?", first=NUMBERS[first - 1], second=NUMBERS[second - 1]
    )
    return Challenge(question, _signed(mark, expires), json.dumps(proof.to_dict()))


def answer_of(form: Mapping[str, str], *, now: datetime) -> Answer | None:
    """Return what was answered; None: nothing, or to no challenge of ours that still holds."""
    return _proved(form.get("proof", ""), now) or _answered(
        form.get("question", ""), form.get("answer", ""), now
    )


def _proved(payload: str, now: datetime) -> Answer | None:
    if not payload or len(payload) > PROOF_MAX:
        return None
    found = _decoded(payload)
    if found is None:
        return None
    # The library looks at the real clock, hence by ourselves; what it says is signed.
    expires = _moment(altcha.extract_params(found).get("expires", [""])[0])
    is_right, _fault = altcha.verify_solution(found, _key(b"proof"), check_expires=False)
    if not is_right or expires is None or expires <= now:
        return None
    return Answer(sha256(found["challenge"].encode()).digest()[:ID_BYTES], expires, is_right=True)


def _decoded(payload: str) -> altcha.PayloadType | None:
    """Return a solution with fields of the right kind; None for anything else."""
    try:
        found: Any = json.loads(base64.b64decode(payload, validate=True))
    except (ValueError, binascii.Error, RecursionError):
        return None
    texts = ("algorithm", "challenge", "salt", "signature")
    if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in texts):
        return None
    if type(found.get("number")) is not int or found["algorithm"] != altcha.SHA256:
        return None
    return {
        "algorithm": altcha.SHA256,
        "challenge": found["challenge"],
        "number": found["number"],
        "salt": found["salt"],
        "signature": found["signature"],
    }


def _answered(token: str, typed: str, now: datetime) -> Answer | None:
    mark, _dash, rest = token.partition("-")
    until, _dash, _seal = rest.partition("-")
    expires = _moment(until)
    try:
        challenge = bytes.fromhex(mark)
    except ValueError:
        return None
    if expires is None or expires <= now or len(challenge) != ID_BYTES:
        return None
    if not hmac.compare_digest(token.encode(), _signed(challenge, expires).encode()):
        return None
    if not typed.strip():
        return None
    return Answer(challenge, expires, is_right=number_in(typed) == sum(_summands(challenge)))


def number_in(typed: str) -> int | None:
    """Return the small number that was typed, in digits or words of either language."""
    plain = unicodedata.normalize("NFKC", typed).strip().strip(".。").casefold()
    return _ANSWERS.get(plain)


def _summands(mark: bytes) -> tuple[int, int]:
    drawn = hmac.digest(_key(b"question"), mark, "sha256")
    return drawn[0] % 9 + 1, drawn[1] % 9 + 1


def _signed(mark: bytes, expires: datetime) -> str:
    body = f"{mark.hex()}-{int(expires.timestamp())}"
    return f"{body}-{hmac.digest(_key(b'token'), body.encode(), 'sha256')[:16].hex()}"


def _moment(text: str) -> datetime | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= 11
    return datetime.fromtimestamp(int(text), UTC) if is_number else None


def _key(use: bytes) -> bytes:
    """Return a key of its own for each use, from that of the public forms."""
    return hmac.digest(secrets.in_use().key("public-form"), b"challenge\x00" + use, "sha256")
