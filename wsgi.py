"""Entry point for a WSGI server and for the command `flask --app wsgi`."""

import atexit
import sys
from contextlib import ExitStack

from sqlalchemy import URL

from config import Settings, flask_config, load_keyring, load_settings
from portal.factory import create_app
from portal.foundation.errors import SettingError
from portal.integrations.postgres import running

# At the end of the process it stops the embedded database, if this process started it.
held = ExitStack()
atexit.register(held.close)


def database_of(settings: Settings) -> tuple[URL, URL]:
    """Return the app's and the owner's address, starting the embedded server if nobody did."""
    given = settings.given_urls()
    if given is not None:
        return given
    cluster = held.enter_context(running(settings.data_dir))
    return cluster.app_url, cluster.owner_url


try:
    settings = load_settings()
    keyring = load_keyring(settings, may_create=not settings.is_production)
    app = create_app(flask_config(settings, database_of(settings), keyring))
except SettingError as error:
    sys.exit(str(error))
