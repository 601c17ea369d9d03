"""Pictures for translators: what a page says is heard as the catalogues name it."""

from babel.support import Translations

from tests.screenshots.messages import hear_messages

VIEW = "a view of the queue"


def test_two_messages_of_the_same_words_are_told_apart() -> None:
    catalogue = Translations()
    with hear_messages() as heard:
        catalogue.ugettext("Closed")
        catalogue.upgettext(VIEW, "Closed")
        catalogue.ungettext("%(num)s day", "%(num)s days", 2)
    assert heard == {("", "Closed"), (VIEW, "Closed"), ("", "%(num)s day")}
