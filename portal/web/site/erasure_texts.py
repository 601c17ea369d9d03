"""Erasure in words: what is left of an erased text, where and for how long."""

from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.domain.backup import KEPT_FOR
from portal.domain.sweeps import GONE_WITHIN
from portal.extensions import current_portal, db

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


def describe_coming_traces() -> list[str]:
    """Return what will be left once somebody erases: database, its server's log, backups."""
    gone = ngettext(
        "Everything is removed from the files of our database within %(num)s hour.",
        "Everything is removed from the files of our database within %(num)s hours.",
        GONE_WITHIN // _HOUR,
    )
    return [gone, *_word_copies()]


def describe_traces(*, is_clear: bool) -> list[str]:
    """Return what is left after erasing; `is_clear` says that our own files hold nothing any more."""
    clear = _("None of it is left in our database or our files.")
    remnants = ngettext(
        "Remnants that no page shows can stay in our files for up to %(num)s hour.",
        "Remnants that no page shows can stay in our files for up to %(num)s hours.",
        GONE_WITHIN // _HOUR,
    )
    return [clear if is_clear else remnants, *_word_copies()]


def _word_copies() -> list[str]:
    log = _(
        "The database server keeps a log of its own. It still contains what was erased until "
        "newer entries replace it; where little is written, that can take weeks."
    )
    pruned = ngettext(
        "Backups contain your text for up to %(num)s day. If one is restored, your text is erased again.",
        "Backups contain your text for up to %(num)s days. If one is restored, your text is erased again.",
        KEPT_FOR // _DAY,
    )
    others = _(
        "Backups may contain your text until newer ones replace them. This site does not know when that is."
    )
    is_served = db.engine.dialect.name == "postgresql"
    return [*([log] if is_served else []), pruned if current_portal().settings.backup_to else others]
