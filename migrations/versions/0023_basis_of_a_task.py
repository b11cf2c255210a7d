"""A task may cite the rule that demands it; the order prints it."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("task_items", sa.Column("basis_text_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_task_items_basis_text_id"), "task_items", "texts", ["basis_text_id"], ["id"]
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
