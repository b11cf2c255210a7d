"""A unit's objection can be about one task of its book."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column("objections", sa.Column("item_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_objections_item_id"), "objections", "task_items", ["item_id"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_objections_task_of_a_book"),
        "objections",
        "item_id IS NULL OR task_book_id IS NOT NULL",
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
