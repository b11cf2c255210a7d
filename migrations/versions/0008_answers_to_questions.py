"""A report keeps the answers to the follow-up questions of its category."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

KINDS = (
    *("report", "place", "answers", "message", "reason", "note", "finding", "hazard", "task"),
    *("statement", "opinion", "objection", "answer", "who", "summary", "handover"),
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_texts_textkind"), "texts", type_="check")
    listed = ", ".join(f"'{kind}'" for kind in KINDS)
    op.create_check_constraint(op.f("ck_texts_textkind"), "texts", f"kind IN ({listed})")
    op.add_column("reports", sa.Column("answers_text_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_reports_answers_text_id"), "reports", "texts", ["answers_text_id"], ["id"]
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
