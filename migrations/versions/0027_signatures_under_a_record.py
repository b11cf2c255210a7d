"""Signatures under the record of an inspection, and why there is none."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def one_of(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    table = "inspection_signatures"
    points = {
        "case_id": "cases",
        "inspection_id": "inspections",
        "text_id": "texts",
        "reason_text_id": "texts",
    }
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("side", one_of("inspector", "unit", name="side"), nullable=False),
        sa.Column("signing", one_of("signed", "refused", "absent", name="signing"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("text_id", sa.Uuid(), nullable=True),
        sa.Column("reason_text_id", sa.Uuid(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint([name], [f"{to}.id"], name=op.f(f"fk_{table}_{name}"))
            for name, to in points.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_inspection_id"), table, ["inspection_id"])
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
