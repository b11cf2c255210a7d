"""The real app with one page more: a sentence under the portal's own style sheet."""

from collections.abc import Callable, Iterable
from typing import Any

from portal.web.assets import static_url
from tests.benchmarks.portal_app import app as portal

PATH = "/one-sentence"


def page() -> bytes:
    """Return the page: what any page of the portal costs at least."""
    with portal.test_request_context():
        style = static_url("portal.css")
    return (
        '<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8"><title>Hazards</title>'
        '<meta name="viewport" content="width=device-width">'
        f'<link rel="stylesheet" href="{style}"></head>'
        '<body class="govuk-body"><p>您看到了什么危险？</p></body></html>'
    ).encode()


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer for that page; everything else is the portal's."""
    if environ["PATH_INFO"] != PATH:
        return portal(environ, start_response)
    body = page()
    start_response(
        "200 OK",
        [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))],
    )
    return [body]
