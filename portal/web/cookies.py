"""Cookies: with TLS they are `__Host-` and Secure, without it neither; and how all of them end."""

from flask import Response, request

#: The form's nonce, and who gave a receipt code.
DRAFT, RECEIPT = "draft", "receipt"
PUBLIC = (DRAFT, RECEIPT)


def cookie_name(base: str) -> str:
    """Return the cookie's name on this connection: browsers drop `__Host-` on plain addresses."""
    return f"__Host-{base}" if request.is_secure else base


def read_cookie(base: str) -> str | None:
    """Return what the browser holds under this name."""
    return request.cookies.get(cookie_name(base))


def set_cookie(response: Response, base: str, value: str, *, seconds: int | None) -> None:
    """Let the browser hold a value for itself alone: no script, no other site, not for long.

    `seconds` None: until the browser is closed.
    """
    response.set_cookie(
        cookie_name(base),
        value,
        max_age=seconds,
        path="/",
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(response: Response, base: str) -> None:
    """Let the browser forget the value."""
    response.delete_cookie(
        cookie_name(base), path="/", secure=request.is_secure, httponly=True, samesite="Lax"
    )


def forget_site(response: Response) -> None:
    """Let the browser forget what it holds of us: the cookies of public pages, and what it cached.

    Each cookie is dropped by name too: browsers heed the header over TLS and on the loopback only,
    and some not at all. "cache" also ends pages kept for the Back button. Not "storage": there lies
    what was written without a network and waits to be sent; only the button that says so wipes it.
    """
    for base in PUBLIC:
        drop_cookie(response, base)
    response.headers["Clear-Site-Data"] = '"cache", "cookies"'
