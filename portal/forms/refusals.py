"""What is said about a form of which nothing was taken: each cause has a sentence of its own."""

from flask_babel import gettext as _

from portal.domain.form_origin import FormRefusal


def word_refused_form(cause: FormRefusal) -> str:
    """Return what the same form says, shown again with everything typed."""
    match cause:
        case FormRefusal.OLD_PAGE:
            return str(
                _(
                    "The page had been open for a long time, so it was not sent. Everything you typed is "
                    "still here. Send it again."
                )
            )
        case FormRefusal.NO_COOKIE:
            return str(
                _(
                    "Your browser did not send the cookie of this page, so nothing was sent: it blocks "
                    "cookies, or it was closed in the meantime. Everything you typed is still here. Allow"
                    " cookies for this site, then send it again."
                )
            )
        case FormRefusal.OTHER_SITE:
            return str(
                _(
                    "This came from another website, not from our own page, so it was not taken. "
                    "Everything that came with it is still here. If you wrote it, check it and send it "
                    "again from here."
                )
            )
        case FormRefusal.OTHER_ADDRESS:
            return str(
                _(
                    "This site does not know the address it was opened under, so nothing was sent. That "
                    "is a fault in its settings, not yours. Everything you typed is still here: copy it "
                    "and keep it. If you run the site: the address in the browser has to be "
                    "PORTAL_BASE_URL, and the proxy has to pass on its name and port. The log says what "
                    "arrived."
                )
            )


def word_refused_act(cause: FormRefusal) -> str:
    """Return what a page of its own says, where the form cannot be shown again."""
    match cause:
        case FormRefusal.OLD_PAGE:
            return str(
                _(
                    "The page had been open for a long time. Nothing was changed. Go back, load the page "
                    "again and repeat it."
                )
            )
        case FormRefusal.NO_COOKIE:
            return str(
                _(
                    "Your browser did not send the cookie of this page: it blocks cookies, or it was "
                    "closed in the meantime. Nothing was changed. Allow cookies for this site, go back, "
                    "load the page again and repeat it."
                )
            )
        case FormRefusal.OTHER_SITE:
            return str(
                _(
                    "This came from another website, not from our own page. Nothing was changed. If you "
                    "meant it, open our page and do it there."
                )
            )
        case FormRefusal.OTHER_ADDRESS:
            return str(
                _(
                    "This site does not know the address it was opened under. Nothing was changed. That "
                    "is a fault in its settings, not yours. If you run the site: the address in the "
                    "browser has to be PORTAL_BASE_URL, and the proxy has to pass on its name and port. "
                    "The log says what arrived."
                )
            )
