"""Whose receipt code this browser gave within the hour: of a report, or of an inside report."""

import json
from typing import Any
from uuid import UUID

from flask import Response, make_response
from flask.typing import ResponseReturnValue
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from portal.access.kinds import Actor, Role
from portal.filing.views import flood
from portal.foundation import secrets as keys
from portal.foundation.clock import now
from portal.foundation.db import db
from portal.foundation.errors import NotFound
from portal.reports.queries import by_code
from portal.selfinspections.queries import inside_by_code
from portal.web.cookies import RECEIPT, read_cookie, set_cookie

SECONDS = 3600


def _box() -> SecretBox:
    return SecretBox(keys.in_use().key("receipt-cookie"))


class Forgotten(NotFound):
    """This browser has given no code within the hour."""


def opened() -> Actor:
    """Return the reporter whose code this browser gave within the hour. Raises Forgotten."""
    return Actor(role=Role.REPORTER, report_id=_remembered_as("report"))


def opened_inside() -> Actor:
    """Return whoever gave the code of an inside report within the hour. Raises Forgotten."""
    return Actor(role=Role.REPORTER, inside_id=_remembered_as("inside"))


def _remembered_as(kind: str) -> UUID:
    plain = remembered()
    if kind not in plain:
        raise Forgotten("receipt")
    return UUID(plain[kind])


def remembered() -> dict[str, Any]:
    """Return what this browser's cookie says. Raises Forgotten."""
    try:
        plain: dict[str, Any] = json.loads(
            _box().decrypt(bytes.fromhex(read_cookie(RECEIPT) or ""))
        )
    except (ValueError, CryptoError) as error:
        raise Forgotten("receipt") from error
    if plain["until"] < now().timestamp():
        raise Forgotten("receipt")
    return plain


def with_code(
    answer: ResponseReturnValue, found: Actor, *, claimed: bool = False
) -> ResponseReturnValue:
    """Let the browser remember whose code it gave; `claimed`: that it claimed the reward, too."""
    response: Response = make_response(answer)
    until = int(now().timestamp()) + SECONDS
    whose = {"inside": str(found.inside_id)}
    if found.inside_id is None:
        whose = {"report": str(found.report_id)}
    plain = json.dumps({**whose, "until": until, "claimed": claimed}).encode()
    set_cookie(response, RECEIPT, bytes(_box().encrypt(plain)).hex(), seconds=SECONDS)
    return response


def looked_up(code: str | None) -> Actor | None:
    """Return whose code it is; a wrong one is counted for everybody together."""
    if code is not None:
        session, key = db.session(), keys.in_use().key("receipt-lookup")
        report = by_code(session, code, key=key)
        if report is not None:
            return Actor(role=Role.REPORTER, report_id=report.id)
        inside = inside_by_code(session, code, key=key)
        if inside is not None:
            return Actor(role=Role.REPORTER, inside_id=inside)
    flood.count_wrong_code(now=now())
    return None
