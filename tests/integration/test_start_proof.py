"""What a start must prepare anew for: each thing changed once changes the proof."""

import pytest

from portal.integrations.database_server import connect, look_into
from script.supervisor import proof as proofs
from script.supervisor.proof import contents, proof


@pytest.fixture
def here(city, database, settings):
    """Give the proof of what stands here, after whatever a test does to it."""
    with connect(database.superuser_url) as connection:

        def told(sql=None, settings=settings, read="code"):
            if sql:
                connection.execute(sql)
            return proof(settings, look_into(connection), connection, read)

        yield told


def test_nothing_changed_gives_the_same_proof_and_each_change_another(here, settings):
    settings.data_dir.mkdir(exist_ok=True)
    seen = [here()]
    assert here() == seen[0]
    seen.append(here("UPDATE groups SET code = 'renamed' WHERE code = 'duty-desk'"))
    here("ALTER TABLE preset_versions DISABLE TRIGGER ALL")  # versions are there to stay
    seen.append(here("UPDATE preset_versions SET digest = 'x' WHERE kind = 'limits'"))
    seen.append(here(read="edited code"))
    seen.append(here(settings=settings.model_copy(update={"preset": "hekou"})))
    settings.demo_mark.parent.mkdir(parents=True, exist_ok=True)
    settings.demo_mark.write_text("marked")
    seen.append(here())
    assert len(set(seen)) == len(seen)


def test_an_edited_file_of_code_migrations_or_preset_is_other_content(
    tmp_path, settings, monkeypatch
):
    monkeypatch.setattr(proofs, "ROOT", tmp_path)
    preset = tmp_path / "own-city"
    files = ("config.py", "wsgi.py", "portal/a.py", "portal/presets/x/limits.yaml")
    files += ("migrations/versions/1.py", "script/supervisor/b.py", "own-city/routing.yaml")
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one")
    own = settings.model_copy(update={"preset": str(preset)})
    seen = [contents(own)]
    for name in files:
        (tmp_path / name).write_text("two")
        seen.append(contents(own))
    (tmp_path / "portal/page.html").write_text("no part of a preparation")
    assert contents(own) == seen[-1]
    assert len(set(seen)) == len(files) + 1
