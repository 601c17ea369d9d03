"""A plugin of pytest: journeys of a story in a language that was added, too, which ADDED_LANGUAGE names."""

import os
from dataclasses import replace

from portal.domain.languages import locale_by_tag
from portal.i18n.catalogues import pseudo_text
from tests.browser.stories import TELLINGS

_added = locale_by_tag(os.environ["ADDED_LANGUAGE"])
assert _added is not None
_topic, _other = TELLINGS["en"].topic_names
TELLINGS[_added.url] = replace(TELLINGS["en"], topic_names=(pseudo_text(_topic), pseudo_text(_other)))
