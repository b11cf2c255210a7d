"""The security headers of every page, and the few seams where a page may ask for other ones."""

from urllib.parse import quote, urlsplit

from flask import Flask, Response, current_app, g, request

SOURCES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    # No script of ours writes HTML from a string, so no policy may be made that would allow it.
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}
#: What a page may ask for, and the policy of its script: `trusted.js`, `photos-door.js`,
#: `offline/register.js` (the form, inspecting).
POLICIES = {
    "map_page": "default",
    "photos_page": "portal-photos",
    "worker_page": "portal-worker",
}
FIXED = {
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: the cross-site check over TLS needs a referrer of our own.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
    "X-Frame-Options": "DENY",
}
HSTS = "max-age=31536000; includeSubDomains"
#: Whose pages tell of the onion service: they read the same for everybody.
PLAIN = frozenset({"filing", "open"})


def map_page(tile_address: str | None = None) -> None:
    """Allow on this page what Leaflet needs: its two fixed strings, and an opted-in tile host.

    `tile_address` is the operator's tile address; None when tiles come from our own proxy.
    """
    g.map_page = True
    if tile_address:
        parts = urlsplit(tile_address)
        g.tile_host = f"{parts.scheme}://{parts.netloc}"


def worker_page() -> None:
    """Allow on this page the one policy by which its script may name our service worker."""
    g.worker_page = True


def photos_page() -> None:
    """Allow on this page the one policy by which its script may name that for photos."""
    g.photos_page = True


def published(seconds: int = 60) -> None:
    """Let shared caches keep this answer; ignored if it sets a cookie.

    If the session was looked at, Flask itself adds `Vary: Cookie`.
    """
    g.published_seconds = seconds


def open_to_other_sites() -> None:
    """Let pages of other sites read this answer (Open311 and open data)."""
    g.cross_origin = True


def policy() -> str:
    """Return this answer's Content-Security-Policy."""
    sources = dict(SOURCES)
    policies = [words for name, words in POLICIES.items() if g.get(name)]
    if policies:
        sources["trusted-types"] = " ".join(policies)
    if host := g.get("tile_host"):
        sources["img-src"] += f" {host}"
    return "; ".join(f"{name} {value}" for name, value in sources.items())


def cache_rule(response: Response) -> str:
    """Return no-store, but for what was declared public, went well and sets no cookie."""
    seconds = g.get("published_seconds")
    if seconds is None or "Set-Cookie" in response.headers or response.status_code != 200:
        return "no-store"
    return f"public, max-age={seconds}"


def onion_location(response: Response) -> str | None:
    """Return the same page's address at the onion service, if this answer should tell of it.

    Only over TLS, as Tor Browser wants it, and only while nobody has begun anything here: cookies
    do not go along to another host.
    """
    onion = getattr(current_app.config.get("PORTAL_SETTINGS"), "onion_url", None)
    is_page = request.method in {"GET", "HEAD"} and response.mimetype == "text/html"
    if not (onion and is_page and response.status_code == 200 and request.blueprint in PLAIN):
        return None
    if request.cookies or not request.is_secure or is_onion(request.host):
        return None
    return str(onion).rstrip("/") + quote(request.path)


def is_onion(host: str) -> bool:
    """Say whether a host is an onion service: TLS is neither used nor demanded there."""
    return host.split(":")[0].endswith(".onion")


def bind(app: Flask) -> None:
    """Attach the headers to every response; Flask's own, not WhiteNoise's (see `assets`)."""

    @app.after_request
    def set_headers(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = policy()
        for name, value in FIXED.items():
            headers[name] = value
        cross = bool(g.get("cross_origin"))
        headers["Cross-Origin-Resource-Policy"] = "cross-origin" if cross else "same-origin"
        if cross:
            headers["Access-Control-Allow-Origin"] = "*"
        headers["Cache-Control"] = cache_rule(response)
        if response.mimetype == "text/html":
            response.vary.add("Accept-Language")
        if location := onion_location(response):
            headers["Onion-Location"] = location
        if request.is_secure and not is_onion(request.host):
            headers["Strict-Transport-Security"] = HSTS
        return response
