"""A bare app that shows the page of all parts: real templates, filters, headers; nothing else."""

from flask import Flask, render_template
from flask_babel import Babel
from markupsafe import Markup

from portal.web import assets, frame, headers, parts
from portal.web.language import language

ERRORS = (400, 403, 404, 405, 409, 413, 422, 429, 500, 503)


def parts_app() -> Flask:
    """Return the app; `/` shows all parts, `/errors/<number>` an error page."""
    app = Flask("portal", static_folder=None)
    app.config.update(
        SECRET_KEY="not secret",
        DEFAULT_LANGUAGE="zh_Hans_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
    )
    Babel(app, locale_selector=language)
    frame.bind(app)
    assets.serve_static(app)

    @app.get("/")
    def all_parts() -> str:
        headers.map_page()
        return render_template("administration/parts.html", demo=True, **parts.context())

    @app.get("/errors/<int:number>")
    def error(number: int) -> str:
        return render_template(f"errors/{number}.html", number="7F3A")

    @app.get("/map")
    def map_part() -> str:
        headers.map_page()
        return render_template("map_sample.html")

    @app.get("/boundaries")
    def boundaries() -> dict[str, object]:
        square = [[119.8, 31.6], [120.0, 31.6], [120.0, 31.8], [119.8, 31.8], [119.8, 31.6]]
        other = [[120.0, 31.6], [120.2, 31.6], [120.2, 31.8], [120.0, 31.8], [120.0, 31.6]]
        return {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"code": code, "name": name},
                    "geometry": {"type": "Polygon", "coordinates": [ring]},
                }
                for code, name, ring in (("west", "<b>西区</b>", square), ("east", "东区", other))
            ],
        }

    return app


def serve(port: int) -> None:
    """Serve for the eye, on loopback."""
    parts_app().run(port=port, threaded=True)


__all__ = ["ERRORS", "Markup", "parts_app", "serve"]
