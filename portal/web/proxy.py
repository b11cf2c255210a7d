"""What stands before the portal: which proxies are believed, and whether TLS was used."""

from typing import Any

from flask import Flask, render_template, request
from werkzeug.middleware.proxy_fix import ProxyFix

#: Asked by the operator's own monitoring on the inside, without TLS.
INSIDE = frozenset({"/healthz", "/readyz"})


def bind(app: Flask) -> None:
    """Believe scheme and host from `PROXY_HOPS` proxies, and never an address from anybody."""
    settings = app.config["PORTAL_SETTINGS"]
    hops = settings.proxy_hops or 0
    if hops:
        # x_for=0: the reporter's address is not even read.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=0, x_proto=hops, x_host=hops, x_port=hops, x_prefix=0
        )
    if settings.is_production:

        @app.before_request
        def refuse_plain() -> Any:
            # Tor itself encrypts the way to the onion service.
            is_onion = request.host.split(":")[0] == settings.onion_host
            if request.is_secure or is_onion or request.path in INSIDE:
                return None
            return render_template("errors/400.html", plain=True), 400


def bind_origin(app: Flask) -> None:
    """Refuse what another site sends with a person's browser; absent headers rely on the token."""

    @app.before_request
    def refuse_foreign() -> Any:
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return None
        site = request.headers.get("Sec-Fetch-Site")
        origin = request.headers.get("Origin")
        own = {"same-origin", "none", None}
        if site not in own or (origin not in (None, "null", request.host_url.rstrip("/"))):
            return render_template("errors/400.html"), 400
        return None
