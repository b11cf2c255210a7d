"""All settings, typed and read once; the only module that looks at the environment."""

import difflib
import os
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from portal.foundation.errors import SettingError
from portal.foundation.secrets import Keyring

ROOT = Path(__file__).resolve().parent
# Named by the design for later; until something reads them, setting them is refused.
RESERVED = ("DATABASE_REPLICA_URL", "REDIS_URL")
DEMO_MARK = "demo"
SECRET_BYTES = 32


class Environment(StrEnum):
    DEVELOPMENT = "development"
    DEMO = "demo"
    PRODUCTION = "production"


def setting(name: str, default: Any, description: str, **limits: Any) -> Any:
    """Return a field that is read from the variable `name`; the description goes to the manual."""
    return Field(default, validation_alias=name, description=description, **limits)


class Settings(BaseSettings):
    """What the operator decides. Each field's description stands in `docs/operations.md`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", case_sensitive=True)

    environment: Environment = setting(
        "PORTAL_ENV",
        Environment.DEVELOPMENT,
        "`development`, `demo` (what `--demo` sets) or `production`, which refuses unsafe defaults",
    )
    data_dir: Path = setting(
        "PORTAL_DATA_DIR",
        Path("instance"),
        "Folder of the database, attachments, keys, mail and logs; a relative one is taken from "
        "the project's folder",
    )
    preset: str = setting(
        "PORTAL_PRESET", "changzhou", "Name of a preset of `portal/presets/`, or a folder's path"
    )
    host: str = setting("PORTAL_HOST", "127.0.0.1", "Address to listen on; `--host` wins")
    port: int = setting("PORTAL_PORT", 8000, "Port to listen on; `--port` wins", ge=1, le=65535)
    base_url: str | None = setting(
        "PORTAL_BASE_URL",
        None,
        "Address under which people reach the portal, for links in mails; production demands one "
        "with `https://`; otherwise made from host and port",
        pattern=r"^https?://[^/\s]+/?$",
    )
    onion_url: str | None = setting(
        "PORTAL_ONION_URL",
        None,
        "Address of your onion service for the same portal, `http://….onion`: public pages then "
        "tell Tor Browser of it",
        pattern=r"^https?://([a-z0-9-]+\.)*[a-z2-7]{56}\.onion/?$",
    )
    proxy_hops: int | None = setting(
        "PROXY_HOPS",
        None,
        "How many proxies of your own stand before the portal and set `X-Forwarded-…`; production "
        "demands it",
        ge=0,
        le=5,
    )
    secret_key: SecretStr | None = setting(
        "SECRET_KEY",
        None,
        "Signs staff sessions; production demands 32 bytes or more; otherwise made once in `keys/`",
    )
    database_url: SecretStr | None = setting(
        "DATABASE_URL",
        None,
        "A PostgreSQL server ≥ 15, `postgresql://user:password@host/database`; without it the "
        "embedded one runs in the data folder; production demands it",
    )
    database_owner_url: SecretStr | None = setting(
        "DATABASE_OWNER_URL",
        None,
        "The same database as its owner, for migrations and backups; without it `DATABASE_URL`",
    )
    web_workers: int = setting("WEB_WORKERS", 2, "Processes of the web server", ge=1, le=64)
    web_threads: int = setting(
        "WEB_THREADS", 4, "Requests that each of them works on at once", ge=1, le=32
    )
    web_waiting: int = setting(
        "WEB_WAITING",
        16,
        "Requests that may wait in each of them besides: for their turn, or for a slow line",
        ge=1,
        le=200,
    )
    mail_server: str | None = setting(
        "MAIL_SERVER",
        None,
        "Host of the SMTP server; without it mails are caught in the data folder and go nowhere",
    )
    mail_port: int = setting("MAIL_PORT", 25, "Its port", ge=1, le=65535)
    mail_use_tls: bool = setting("MAIL_USE_TLS", False, "STARTTLS")
    mail_use_ssl: bool = setting("MAIL_USE_SSL", False, "TLS from the first byte")
    mail_username: str | None = setting("MAIL_USERNAME", None, "Account at the SMTP server")
    mail_password: SecretStr | None = setting("MAIL_PASSWORD", None, "Its password")
    mail_sender: str = setting(
        "MAIL_SENDER", "portal@localhost", "Sender of all mails", pattern=r"^\S+@\S+$"
    )
    mail_timeout: float = setting(
        "MAIL_TIMEOUT", 20, "Seconds to wait for the SMTP server", gt=0, le=300
    )

    map_tiles_url: str | None = setting(
        "MAP_TILES_URL",
        None,
        "Address of map tiles with `{z}`, `{x}` and `{y}`, of another host or, through your own "
        "proxy, beginning with `/`; without it maps show the boundaries alone. A tile host of "
        "others sees who looks at which place: use your own",
        pattern=r"^(https?://[^/{}\s]+)?/\S*\{z\}\S*$",
    )
    map_tiles_datum: str = setting(
        "MAP_TILES_DATUM",
        "wgs84",
        "Datum of the tiles: `wgs84` or, as most Chinese ones, `gcj02`; points are converted",
        pattern="^(wgs84|gcj02)$",
    )
    map_tiles_attribution: str | None = setting(
        "MAP_TILES_ATTRIBUTION",
        None,
        "Whose the tiles are, with their approval number (审图号), shown under each map",
        max_length=200,
    )

    @field_validator("data_dir")
    @classmethod
    def absolute(cls, folder: Path) -> Path:
        """Count a relative folder from the project, wherever the command was typed."""
        return ROOT / folder.expanduser()

    @field_validator("database_url", "database_owner_url")
    @classmethod
    def of_postgresql(cls, address: SecretStr | None) -> SecretStr | None:
        """Refuse what is no address of a PostgreSQL database."""
        if address is None:
            return None
        try:
            url = make_url(address.get_secret_value())
        except ArgumentError:
            url = None
        if url is None or url.get_backend_name() not in {"postgresql", "postgres"}:
            raise ValueError("is no address like postgresql://user:password@host/database")
        if not url.database:
            raise ValueError("names no database: write it behind the host, as in …@host/portal")
        return address

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take the mapping given to `load_settings` only, so that tests need no environment."""
        return (init_settings,)

    @property
    def is_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @property
    def is_demo(self) -> bool:
        return self.environment is Environment.DEMO

    @property
    def keys_dir(self) -> Path:
        return self.data_dir / "keys"

    @property
    def mail_dir(self) -> Path:
        return self.data_dir / "mail"

    @property
    def attachments_dir(self) -> Path:
        return self.data_dir / "attachments"

    @property
    def demo_mark(self) -> Path:
        """The file that tells a demo's data folder from a real one."""
        return self.data_dir / DEMO_MARK

    @property
    def demo_codes(self) -> Path:
        """What `demo load` leaves for the start page: receipt codes, links, passphrases."""
        return self.data_dir / "demo-codes.json"

    @property
    def demo_plants(self) -> Path:
        """Which cases of the demo are one matter in other words, and which only look alike."""
        return self.data_dir / "demo-plants.json"

    @property
    def mail_port_file(self) -> Path:
        """Where the supervisor writes the port of the mailbox that catches all."""
        return self.data_dir / "run" / "mail.port"

    @property
    def onion_host(self) -> str | None:
        """The host of the onion service, if there is one."""
        return urlsplit(self.onion_url).hostname if self.onion_url else None

    @property
    def public_url(self) -> str:
        """The address that people type, without a slash at its end."""
        if self.base_url:
            return self.base_url.rstrip("/")
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def given_urls(self) -> tuple[URL, URL] | None:
        """Return the app's and the owner's address of a server of the operator's own, if any."""
        if self.database_url is None:
            return None
        app = with_driver(self.database_url.get_secret_value())
        owner = self.database_owner_url
        return app, with_driver(owner.get_secret_value()) if owner else app


def with_driver(address: str) -> URL:
    """Return the address as SQLAlchemy needs it, with psycopg as the driver."""
    return make_url(address).set(drivername="postgresql+psycopg")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings that `environ` gives, by default those of this process.

    Raises SettingError with one sentence that names the setting and the way out.
    """
    environ = os.environ if environ is None else environ
    names = setting_names()
    given = {name: environ[name].strip() for name in names if environ.get(name, "").strip()}
    for name in RESERVED:
        if environ.get(name):
            raise SettingError(f"{name} is set, but this version does not use it yet: unset it.")
    for name in environ:
        if name.startswith("PORTAL_") and name not in names:
            near = difflib.get_close_matches(name, names, 1)
            hint = f"did you mean {near[0]}?" if near else "unset it."
            raise SettingError(f"{name} is not a setting of the portal: {hint}")
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingError(sentence(error)) from None
    if settings.is_production:
        refuse_unsafe(settings)
    return settings


def setting_names() -> dict[str, str]:
    """Return the variables that are read, each with the field that it fills."""
    return {str(field.validation_alias): name for name, field in Settings.model_fields.items()}


def sentence(error: ValidationError) -> str:
    """Say the first fault of the settings in one sentence, without the value of a secret."""
    fault = error.errors(include_url=False, include_input=False)[0]
    name = str(fault["loc"][0])
    message = fault["msg"].removeprefix("Value error, ")
    if not message.startswith(("is ", "names ")):
        message = f"can't be used ({message})"
    return f"{name} {message}: correct it or unset it, docs/operations.md says what it takes."


def refuse_unsafe(settings: Settings) -> None:
    """Raise SettingError for what development forgives and production must not."""
    secret = settings.secret_key.get_secret_value() if settings.secret_key else ""
    if len(secret.encode()) < SECRET_BYTES:
        raise SettingError(
            f"SECRET_KEY must be set to {SECRET_BYTES} bytes or more in production: "
            "make one with `openssl rand -hex 32` and keep it out of the database."
        )
    if re.fullmatch(r"(.{1,4}?)\1+", secret):
        raise SettingError(
            "SECRET_KEY repeats itself and could be guessed: make one with `openssl rand -hex 32`."
        )
    if settings.proxy_hops is None:
        raise SettingError(
            "PROXY_HOPS must be set in production: give the number of your own proxies that stand "
            "before the portal, usually 1."
        )
    if settings.base_url is None or not settings.base_url.startswith("https://"):
        raise SettingError(
            "PORTAL_BASE_URL must be set to an https:// address in production: give the one under "
            "which people reach the portal."
        )
    if settings.database_url is None:
        raise SettingError(
            "DATABASE_URL must be set in production, since the embedded database trusts every "
            "process of its user: give the address of a PostgreSQL server, version 15 or newer."
        )
    if settings.demo_mark.exists():
        raise SettingError(
            f"PORTAL_DATA_DIR is {settings.data_dir}, which holds a demo: give production a folder "
            "of its own."
        )


def load_keyring(settings: Settings, *, may_create: bool) -> Keyring:
    """Return the keys of the data folder; `may_create` says whether missing ones are made."""
    return Keyring.load_or_create(settings.keys_dir, may_create=may_create)


def pool(at_once: int) -> dict[str, Any]:
    """Return the engine's options: each request at work (portal/web/turns.py) holds one connection,
    and `kept_apart` takes a second.
    """
    return {"pool_size": at_once, "max_overflow": at_once, "pool_pre_ping": True}


def flask_config(settings: Settings, urls: tuple[URL, URL], keyring: Keyring) -> dict[str, Any]:
    """Return what `create_app` takes; `urls` are the app's and the owner's database."""
    app_url, owner_url = urls
    secret = settings.secret_key.get_secret_value() if settings.secret_key else None
    password = settings.mail_password.get_secret_value() if settings.mail_password else None
    server, port = settings.mail_server, settings.mail_port
    if server is None:
        server, port = "127.0.0.1", mailbox_port(settings)
    return {
        "SECRET_KEY": secret or keyring.key("session").hex(),
        "SQLALCHEMY_DATABASE_URI": app_url,
        "SQLALCHEMY_ENGINE_OPTIONS": pool(settings.web_threads),
        "MIGRATION_DATABASE_URI": owner_url,
        "MAIL_SERVER": server,
        "MAIL_PORT": port,
        "MAIL_USE_TLS": settings.mail_use_tls,
        "MAIL_USE_SSL": settings.mail_use_ssl,
        "MAIL_USERNAME": settings.mail_username,
        "MAIL_PASSWORD": password,
        "MAIL_DEFAULT_SENDER": settings.mail_sender,
        "MAIL_TIMEOUT": settings.mail_timeout,
        "PORTAL_SETTINGS": settings,
        "KEYRING": keyring,
    }


def mailbox_port(settings: Settings) -> int:
    """Return the port of the mailbox that runs beside the server; 1 (nobody) if none runs."""
    try:
        return int(settings.mail_port_file.read_text())
    except (OSError, ValueError):
        return 1
