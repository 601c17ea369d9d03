"""Who a note or a comment mentions, in sentences: whom it tells, and whose name nobody has."""

from collections.abc import Sequence

from flask_babel import gettext as _

from portal.domain.note_mentions import Mentions
from portal.web.site.joined_words import join_words


def word_mentions(mentions: Mentions | None) -> Sequence[str]:
    """Return what is said of the names in a text; nothing where nobody is named."""
    said = []
    if mentions is not None and mentions.found:
        said.append(_("Notified: %(names)s.", names=join_words(mentions.found)))
    if mentions is not None and mentions.unknown:
        names = join_words([f"@{word}" for word in mentions.unknown])
        said.append(_("Nobody who may read this text is called %(names)s.", names=names))
    return said
