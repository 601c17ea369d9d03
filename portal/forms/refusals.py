"""Refusals of a form of which nothing was taken, in words: each cause has a sentence of its own."""

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
                    "Your browser did not send this page’s cookie, so nothing was sent. It may block "
                    "cookies, or it was closed in the meantime. Everything you typed is still here. Allow "
                    "cookies for this site, then send it again."
                )
            )
        case FormRefusal.OTHER_SITE:
            return str(
                _(
                    "This was sent from another website, not from our page, so we did not accept it. "
                    "Everything that came with it is still here. If you wrote it, check it and send it "
                    "again from here."
                )
            )
        case FormRefusal.OTHER_ADDRESS:
            return str(
                _(
                    "This site does not recognise the address you opened it at, so nothing was sent. The "
                    "fault is in the site’s settings, not yours. Everything you typed is still here: copy "
                    "it and keep it. If you run the site: the address in the browser must match "
                    "PORTAL_BASE_URL, and the proxy must pass on its name and port. The log says what "
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
                    "Your browser did not send this page’s cookie, so nothing was changed. It may block "
                    "cookies, or it was closed in the meantime. Allow cookies for this site, go back, load "
                    "the page again and try again."
                )
            )
        case FormRefusal.OTHER_SITE:
            return str(
                _(
                    "This was sent from another website, not from our page. Nothing was changed. If you "
                    "meant to do this, open our page and do it there."
                )
            )
        case FormRefusal.OTHER_ADDRESS:
            return str(
                _(
                    "This site does not recognise the address you opened it at. Nothing was changed. The "
                    "fault is in the site’s settings, not yours. If you run the site: the address in the "
                    "browser must match PORTAL_BASE_URL, and the proxy must pass on its name and port. The "
                    "log says what arrived."
                )
            )
