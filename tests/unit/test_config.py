import re
from pathlib import Path

import pytest

import config
from config import load_settings
from portal.foundation.errors import SettingError

GOOD = {
    "PORTAL_ENV": "production",
    "SECRET_KEY": "9f2c7ab81d5e4630b7a8c2d19e0f5a64",
    "PROXY_HOPS": "1",
    "PORTAL_BASE_URL": "https://hazards.example.org",
    "DATABASE_URL": "postgresql://portal_app:pw@db.example.org/portal",
}


def refusal(**environ):
    with pytest.raises(SettingError) as caught:
        load_settings(environ)
    words = str(caught.value)
    assert re.fullmatch(r"[^\n]+\.", words), "one sentence"
    return words


def test_nothing_needs_to_be_set_in_development():
    settings = load_settings({})
    assert settings.environment == "development"
    assert settings.data_dir == Path(config.__file__).parent / "instance"
    assert settings.host == "127.0.0.1"


def test_production_starts_with_what_it_demands():
    assert load_settings(GOOD).proxy_hops == 1


@pytest.mark.parametrize("name", [name for name in GOOD if name != "PORTAL_ENV"])
def test_production_names_each_missing_setting(name):
    assert refusal(**{**GOOD, name: ""}).startswith(f"{name} must be set")


@pytest.mark.parametrize(
    "secret", ["a" * 64, "abab" * 16, "9f2c7ab81d5e4630b7a8c2d19e0f5a6"], ids=len
)
def test_production_refuses_a_weak_secret(secret):
    words = refusal(**{**GOOD, "SECRET_KEY": secret})
    assert words.startswith("SECRET_KEY")
    assert secret not in words


def test_a_secret_of_32_bytes_counts_bytes_not_letters():
    assert load_settings({**GOOD, "SECRET_KEY": "甲乙丙丁戊己庚辛壬癸子"}).is_production


def test_production_refuses_the_folder_of_a_demo(tmp_path):
    (tmp_path / "demo").write_text("")
    assert "PORTAL_DATA_DIR" in refusal(**GOOD, PORTAL_DATA_DIR=str(tmp_path))
    load_settings({"PORTAL_DATA_DIR": str(tmp_path)})


def test_production_refuses_a_plain_address():
    assert "PORTAL_BASE_URL" in refusal(**{**GOOD, "PORTAL_BASE_URL": "http://a.example"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_PORT", "eighty"),
        ("PORTAL_PORT", "0"),
        ("PORTAL_PORT", "65536"),
        ("PORTAL_ENV", "prod"),
        ("PROXY_HOPS", "-1"),
        ("WEB_WORKERS", "0"),
        ("MAIL_USE_TLS", "perhaps"),
        ("MAIL_SENDER", "nobody"),
        ("PORTAL_BASE_URL", "hazards.example.org"),
        ("DATABASE_URL", "mysql://a@b/c"),
        ("DATABASE_URL", "just words"),
        ("DATABASE_URL", "postgresql://portal@localhost"),
        ("DATABASE_REPLICA_URL", "postgresql://a@b/c"),
        ("REDIS_URL", "redis://b"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name, value):
    assert name in refusal(**{name: value})


def test_a_refused_address_keeps_its_password():
    assert "hunter2" not in refusal(DATABASE_URL="mysql://portal:hunter2@db/portal")


def test_a_misspelt_setting_is_refused_with_the_right_name():
    with pytest.raises(SettingError, match=r"PORTAL_DATADIR .* did you mean PORTAL_DATA_DIR\?"):
        load_settings({"PORTAL_DATADIR": "x"})


def test_spaces_around_a_value_and_empty_values_do_not_count():
    assert load_settings({"PORTAL_PORT": " 9000 ", "MAIL_SERVER": "  "}).port == 9000


def test_settings_do_not_print_secrets():
    text = repr(load_settings({**GOOD, "MAIL_PASSWORD": "hunter2"}))
    assert GOOD["SECRET_KEY"] not in text
    assert "hunter2" not in text
    assert ":pw@" not in text


def test_the_owner_of_the_database_is_the_app_where_none_is_named():
    app, owner = load_settings({"DATABASE_URL": GOOD["DATABASE_URL"]}).given_urls()
    assert app == owner
    assert app.drivername == "postgresql+psycopg"
    owner = "postgresql://portal_owner:x@db/portal"
    app, owner = load_settings({**GOOD, "DATABASE_OWNER_URL": owner}).given_urls()
    assert (app.username, owner.username) == ("portal_app", "portal_owner")


@pytest.mark.parametrize(
    ("host", "address"),
    [("0.0.0.0", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000")],
)
def test_the_address_to_open_can_be_opened(host, address):
    assert load_settings({"PORTAL_HOST": host}).public_url == address


def documented():
    text = (Path(config.__file__).parent / "docs" / "operations.md").read_text()
    return dict(re.findall(r"^\| `([A-Z_]+)` \| (.+) \|$", text, re.M))


def rows():
    for name, field in config.setting_names().items():
        info = config.Settings.model_fields[field]
        default = (
            "–" if info.default is None else f"`{getattr(info.default, 'value', info.default)}`"
        )
        yield name, f"{default} | {info.description}"


def test_the_manual_lists_every_setting_as_it_is():
    assert documented() == dict(rows())


def test_an_onion_address_is_whole():
    whole = f"{'a2' * 28}.onion"
    assert load_settings({"PORTAL_ONION_URL": f"http://{whole}/"}).onion_host == whole
    assert load_settings({}).onion_host is None
    for wrong in ("http://short.onion", whole, f"http://{whole}/path", "https://example.org"):
        with pytest.raises(SettingError, match="PORTAL_ONION_URL"):
            load_settings({"PORTAL_ONION_URL": wrong})
