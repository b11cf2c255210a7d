"""Map tiles, where the operator has set any: their address, their datum, whose they are."""

from dataclasses import dataclass

from flask import current_app

from portal.web.headers import map_page


@dataclass(frozen=True, slots=True)
class Tiles:
    """What a map's page tells its script of the tiles."""

    address: str
    datum: str
    attribution: str


def tiles_of_map() -> Tiles | None:
    """Let this page draw a map, and return its tiles; None: only our own boundaries are drawn."""
    settings = current_app.config["PORTAL_SETTINGS"]
    address = settings.map_tiles_url
    map_page(address if address and address.startswith("http") else None)
    if not address:
        return None
    return Tiles(address, settings.map_tiles_datum, settings.map_tiles_attribution or "")
