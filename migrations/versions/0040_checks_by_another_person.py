"""Checks by another person, held by the database; hazards that a ruling refutes; who may not pay;
the parts of an interview's record.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040"
down_revision = "0039"

#: What `lifecycle.levels` and `lifecycle.closing` say of who checks, for whoever writes by hand.
CHECKS = """
CREATE FUNCTION checked_by_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM inspections
    WHERE case_id = NEW.case_id AND NEW.reviewer = ANY (inspectors)
  ) OR EXISTS (
    SELECT FROM task_items JOIN task_books ON task_books.id = task_items.task_book_id
    WHERE task_items.id = NEW.item_id AND task_books.issued_by = NEW.reviewer
  ) THEN
    RAISE EXCEPTION 'who found or ordered it checks nothing of it';
  END IF;
  IF NEW.passed AND EXISTS (
    SELECT FROM task_items JOIN hazards ON hazards.id = task_items.hazard_id
    WHERE task_items.id = NEW.item_id AND hazards.level = 'major'
      AND (signed_by IS NULL OR signed_by = NEW.reviewer OR NOT NEW.on_site)
  ) THEN
    RAISE EXCEPTION 'a major hazard passes by two people on site';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER reviews_by_another BEFORE INSERT ON reviews
  FOR EACH ROW EXECUTE FUNCTION checked_by_another();
CREATE TRIGGER reviews_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reviews
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION passed_by_a_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM reviews WHERE item_id = NEW.id AND passed) THEN
    RAISE EXCEPTION 'no check passed this task';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER task_items_passed_by_a_check AFTER INSERT OR UPDATE OF state ON task_items
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'passed')
  EXECUTE FUNCTION passed_by_a_check();
"""


def upgrade() -> None:
    op.execute(CHECKS)
    op.add_column("hazards", sa.Column("refuted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "vouchers",
        sa.Column(
            "apart",
            postgresql.ARRAY(sa.LargeBinary()),
            nullable=False,
            server_default=sa.text("'{}'::bytea[]"),
        ),
    )
    for name in ("basis", "statement", "demands"):
        op.add_column("interviews", sa.Column(f"{name}_text_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_interviews_{name}_text_id"),
            "interviews",
            "texts",
            [f"{name}_text_id"],
            ["id"],
        )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
