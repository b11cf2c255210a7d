"""Which row of which foreign log became which case."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "import_rows",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_import_rows_case_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("pk_import_rows")),
    )
    op.create_index(op.f("ix_import_rows_case_id"), "import_rows", ["case_id"])


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
