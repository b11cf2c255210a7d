"""A report keeps the answers to the follow-up questions of its category."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
KINDS = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_texts_textkind'"


def allow_texts(*more: str) -> None:
    """Let words be of further kinds; those that were allowed stay so."""
    said = op.get_bind().scalar(sa.text(KINDS)) or ""
    kinds = [*re.findall(r"'(\w+)'::", said), *more]
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("ALTER TABLE texts DROP CONSTRAINT ck_texts_textkind")
    op.execute(f"ALTER TABLE texts ADD CONSTRAINT ck_texts_textkind CHECK (kind IN ({listed}))")


def upgrade() -> None:
    allow_texts("answers")
    op.add_column("reports", sa.Column("answers_text_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_reports_answers_text_id"), "reports", "texts", ["answers_text_id"], ["id"]
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
