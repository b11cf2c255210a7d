"""The paper form of a task book: for the unit itself, and for staff who hand it over."""

from typing import Any

import segno
from flask import current_app, render_template
from markupsafe import Markup

from portal.discipline.kinds import GROUND_SENTENCES


def unit_link(token: str) -> str:
    """Return the address of a task book as it goes out: never built from the request's host."""
    return f"{current_app.config['PORTAL_SETTINGS'].public_url}/unit/{token}"


def printed_task_book(page: Any, token: str, *, back_url: str) -> str:
    """Return the page to print of a `cases.queries.BookPage`, its link as picture and words."""
    address = unit_link(token)
    picture = segno.make(address, micro=False).svg_inline(border=2, omitsize=True)
    qr = Markup(picture)  # noqa: S704  our own address
    return render_template(
        "enterprise/print.html", page=page, qr=qr, address=address, back_url=back_url
    )


def printed_step(page: Any, token: str, *, back_url: str) -> str:
    """Return the paper of a `cases.queries.StepPage`, its link as picture and words."""
    address = unit_link(f"steps/{token}")
    picture = segno.make(address, micro=False).svg_inline(border=2, omitsize=True)
    said = [str(GROUND_SENTENCES[ground]) % {"count": count} for ground, count in page.grounds]
    qr = Markup(picture)  # noqa: S704  our own address
    return render_template(
        "enterprise/step_print.html",
        page=page,
        grounds=said,
        qr=qr,
        address=address,
        back_url=back_url,
    )
