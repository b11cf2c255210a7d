"""The command line of `script/server`."""

import argparse
import os
import sys

from config import load_settings
from portal.foundation.errors import SettingError
from script.supervisor.house import House


def main() -> int:
    """Serve until Ctrl-C or SIGTERM; a reason not to start is one sentence and exit code 1."""
    parser = argparse.ArgumentParser(prog="script/server", description=main.__doc__)
    parser.add_argument("--port", help="port to listen on (PORTAL_PORT)")
    parser.add_argument("--host", help="address to listen on (PORTAL_HOST)")
    parser.add_argument("--demo", action="store_true", help="serve the demo city")
    given = parser.parse_args()
    if given.demo and os.environ.get("PORTAL_ENV", "demo") == "production":
        print("PORTAL_ENV is production, which runs no demo: unset it.", file=sys.stderr)
        return 1
    chosen = {
        "PORTAL_PORT": given.port,
        "PORTAL_HOST": given.host,
        "PORTAL_ENV": "demo" if given.demo else None,
    }
    environment = {**os.environ, **{name: value for name, value in chosen.items() if value}}
    try:
        settings = load_settings(environment)
        return House(settings, environment).serve()
    except SettingError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
