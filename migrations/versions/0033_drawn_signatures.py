"""What was drawn beside a name under the record of an inspection."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    table = "inspection_signatures"
    op.add_column(table, sa.Column("drawn_text_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f(f"fk_{table}_drawn_text_id"), table, "texts", ["drawn_text_id"], ["id"]
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
