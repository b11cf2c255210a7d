"""The register of units: size, colour and code of each, words to find it by, files taken in."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

BATCH = 1000
WORD = re.compile(r"[^\W_]+", re.UNICODE)


def grams(name: str, address: str, jurisdiction: str | None, sector: str | None) -> list[str]:
    """Return what finds a unit, as the register of this version makes it."""
    found = set()
    for text in (name, address):
        for word in WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
            found.update(word)
            found.update(a + b for a, b in zip(word, word[1:], strict=False))
    marks = [f"sector:{sector}"] if sector else []
    marks += [f"place:{jurisdiction}"] if jurisdiction else []
    return [*sorted(found), *marks]


def fill(connection: sa.Connection) -> None:
    """Give every unit that is there its grams."""
    asked = sa.text(
        "SELECT id, name, address, jurisdiction, sector FROM units"
        " WHERE id > :after ORDER BY id LIMIT :batch"
    )
    after = "00000000-0000-0000-0000-000000000000"
    while rows := connection.execute(asked, {"after": after, "batch": BATCH}).all():
        connection.execute(
            sa.text("UPDATE units SET grams = :grams WHERE id = :id"),
            [{"id": id_, "grams": grams(*words)} for id_, *words in rows],
        )
        after = rows[-1].id


def upgrade() -> None:
    columns = (
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("registration_code", sa.Text(), nullable=True),
        sa.Column("township", sa.Text(), nullable=True),
        sa.Column("size", sa.String(40), nullable=True),
        sa.Column("workers", sa.Integer(), nullable=True),
        sa.Column("risk_colour", sa.Text(), nullable=True),
        sa.Column("risk_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("risk_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("grams", postgresql.ARRAY(sa.Text()), nullable=True),
    )
    for column in columns:
        op.add_column("units", column)
    fill(op.get_bind())
    op.alter_column("units", "grams", nullable=False)
    # Fine enough to tell which words are so common that nobody sorts what holds them.
    op.execute("ALTER TABLE units ALTER COLUMN grams SET STATISTICS 300")
    checks = {
        "size": "size IN ('large', 'medium', 'small', 'micro')",
        "colour_of_four": "risk_colour IN ('red', 'orange', 'yellow', 'blue')",
        "colour_has_reason": "risk_colour IS NULL OR risk_reason <> ''",
        "colour_has_day": "(risk_colour IS NULL) = (risk_since IS NULL)",
        "workers_counted": "workers >= 0",
    }
    for name, check in checks.items():
        op.create_check_constraint(op.f(f"ck_units_{name}"), "units", check)
    op.create_unique_constraint(op.f("uq_units_registration_code"), "units", ["registration_code"])
    op.drop_index("ix_units_name", table_name="units")
    op.create_index("ix_units_name_id", "units", ["name", "id"])
    op.create_index("ix_units_grams", "units", ["grams"], postgresql_using="gin")
    op.create_table(
        "unit_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("new_count", sa.Integer(), nullable=False),
        sa.Column("known_count", sa.Integer(), nullable=False),
        sa.Column("rejected", postgresql.JSONB(), nullable=False),
        sa.Column("left_out", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_unit_imports_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_imports")),
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
