"""Static files: from a plain name to the hashed one, and serving them compressed."""

import json
from collections.abc import Mapping
from pathlib import Path

from flask import Flask, current_app
from whitenoise import WhiteNoise

from portal.foundation.errors import SettingError

STATIC = Path(__file__).resolve().parent.parent / "static"
PREFIX = "/static/"
#: Twelve digits of the content's hash: such a name never changes its content.
IMMUTABLE = r"^.+\.[0-9a-f]{12}\..+$"


def manifest(folder: Path = STATIC) -> Mapping[str, str]:
    """Return plain name → hashed name. Raises SettingError if the files were never built."""
    try:
        files: Mapping[str, str] = json.loads((folder / "manifest.json").read_text())["files"]
    except (OSError, ValueError, KeyError) as error:
        raise SettingError(
            f"The static files in {folder} are not built: run script/setup."
        ) from error
    return files


def static_url(name: str) -> str:
    """Return the address of a built file, for example of "portal.css". Raises KeyError."""
    files: Mapping[str, str] = current_app.extensions["portal-static"]
    return PREFIX + files[name]


def bind(app: Flask, folder: Path = STATIC) -> None:
    """Read the manifest and give templates `static_url`."""
    app.extensions["portal-static"] = manifest(folder)
    app.jinja_env.globals["static_url"] = static_url


def serve_static(app: Flask, folder: Path = STATIC) -> None:
    """Let WhiteNoise answer /static/ before the app is asked: compressed twins, cached for good."""
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(folder),
        prefix=PREFIX.strip("/") + "/",
        immutable_file_test=IMMUTABLE,
        allow_all_origins=False,
        add_headers_function=add_headers,
    )


def add_headers(headers: dict[str, str], path: str, url: str) -> None:
    """Set what a static file needs of the headers of `headers`."""
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Referrer-Policy"] = "same-origin"
