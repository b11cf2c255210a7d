"""Cookies: with TLS they are `__Host-` and Secure, without it neither."""

from flask import Response, request


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
