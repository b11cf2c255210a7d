"""Each unit has a public token for its QR code; a report says by whose code it came."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("units", sa.Column("report_token", sa.Text(), nullable=True))
    # 122 random bits for each unit that is there already.
    op.execute("UPDATE units SET report_token = replace(gen_random_uuid()::text, '-', '')")
    op.alter_column("units", "report_token", nullable=False)
    op.create_unique_constraint(op.f("uq_units_report_token"), "units", ["report_token"])
    op.add_column("reports", sa.Column("claimed_unit_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_reports_claimed_unit_id"), "reports", "units", ["claimed_unit_id"], ["id"]
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
