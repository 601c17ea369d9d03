"""The audit log's guards inside the database itself: whoever changes rows past the portal meets them."""

from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

_REFUSE = """CREATE OR REPLACE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.at <= now() - interval '1825 days' THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'the audit log is never changed, and kept five years';
END $$"""

GUARDS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "sqlite": {
        "audit_entry_never_changed": [
            """CREATE TRIGGER IF NOT EXISTS audit_entry_never_changed BEFORE UPDATE ON audit_entry
            BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END""",
        ],
        "audit_entry_kept": [
            """CREATE TRIGGER IF NOT EXISTS audit_entry_kept BEFORE DELETE ON audit_entry
            WHEN OLD.at > strftime('%Y-%m-%d %H:%M:%S', 'now', '-1825 days')
            BEGIN SELECT RAISE(ABORT, 'entries of the audit log are kept five years'); END""",
        ],
    },
    "postgresql": {
        "audit_entry_guard": [
            _REFUSE,
            """CREATE OR REPLACE TRIGGER audit_entry_guard BEFORE UPDATE OR DELETE ON audit_entry
            FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()""",
        ],
        "audit_entry_never_emptied": [
            _REFUSE,
            """CREATE OR REPLACE TRIGGER audit_entry_never_emptied BEFORE TRUNCATE ON audit_entry
            FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()""",
        ],
    },
}
"""By kind of database the triggers that must be there, and what makes each."""

_PRESENT = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'",
    "postgresql": (
        "SELECT tgname FROM pg_trigger WHERE tgrelid = 'audit_entry'::regclass AND tgenabled IN ('O', 'A')"
    ),
}


def list_missing_guards(session: Session) -> list[str]:
    """Return the guards that somebody has taken away or switched off."""
    dialect = session.get_bind().dialect.name
    present = set(session.scalars(text(_PRESENT[dialect])))
    return [name for name in GUARDS[dialect] if name not in present]


def put_guards(session: Session) -> None:
    """Make the guards that are missing."""
    dialect = session.get_bind().dialect.name
    for name in list_missing_guards(session):
        if dialect == "postgresql":  # one that was switched off is still there
            session.execute(text(f"DROP TRIGGER IF EXISTS {name} ON audit_entry"))
        for statement in GUARDS[dialect][name]:
            # Driver level: a colon in it is no parameter.
            session.connection().exec_driver_sql(statement)
