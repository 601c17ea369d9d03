"""Words about newsrooms' sites: what an account may do there, what went wrong and what to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.domain.remote_sites import PostField, RemoteStatus, SiteProblem
from portal.wordpress.posts import Account

_PROBLEMS: Mapping[SiteProblem, LazyString] = {
    SiteProblem.BAD_ADDRESS: _l(
        "This is not the address of a site. It begins with https:// and ends before /wp-admin."
    ),
    SiteProblem.NAME_UNKNOWN: _l(
        "No site can be found under this name at the moment. Check how it is spelt."
    ),
    SiteProblem.PRIVATE_ADDRESS: _l(
        "This address belongs to a machine that is not public. Whoever runs the portal can allow it "
        "with PORTAL_TARGET_NETWORKS."
    ),
    SiteProblem.DOWN: _l(
        "The site does not answer. Open it in a browser; if it does not open there either, tell whoever "
        "looks after it."
    ),
    SiteProblem.SLOW: _l("The site took too long to answer. If this goes on, tell whoever looks after it."),
    SiteProblem.CERTIFICATE: _l(
        "No secure connection could be made: the site’s certificate is missing, has expired, is for "
        "another name or comes from an authority that is not known here. Ask whoever looks after the site to "
        "renew it. Whoever runs the portal can name an authority with PORTAL_TARGET_CA_FILE."
    ),
    SiteProblem.REDIRECT: _l(
        "The site sends us on to another address. Enter the address that the browser shows once the site is"
        " open."
    ),
    SiteProblem.ANSWER_TOO_LARGE: _l(
        "The site’s answer is too large to be read. Ask whoever looks after the site what answers at "
        "/wp-json."
    ),
    SiteProblem.NOT_JSON: _l(
        "The site answered with a web page instead of data, as security plugins and error messages do. "
        "If this goes on, ask whoever looks after the site to let the portal reach /wp-json."
    ),
    SiteProblem.UNEXPECTED: _l("Something answered that is not WordPress. Check the address."),
    SiteProblem.REFUSED_401: _l(
        "The site does not accept the account or its password. Enter both again: the password is one "
        "made in the WordPress profile under “Application Passwords”."
    ),
    SiteProblem.AUTHORIZATION_STRIPPED: _l(
        "The site does not receive the account and its password. Enter the account and the application "
        "password again. If both are right, something in front of WordPress drops the Authorization header: "
        "ask whoever looks after the site to let it through."
    ),
    SiteProblem.PASSWORDS_OFF: _l(
        "Application passwords are switched off on the site or for this account. Ask whoever looks after "
        "the site to switch them on."
    ),
    SiteProblem.FORBIDDEN_403: _l(
        "The site forbids this, most likely by a security plugin or a firewall. Ask whoever looks after the"
        " site to let the portal use /wp-json."
    ),
    SiteProblem.NO_API_404: _l(
        "There is no WordPress interface at this address. Check the address; on the site, permalinks must "
        "not be set to “Plain”."
    ),
    SiteProblem.TOO_LARGE_413: _l(
        "The site does not accept files of this size. Ask whoever looks after it to raise the limit "
        "for uploads."
    ),
    SiteProblem.TEXT_TOO_LARGE_413: _l(
        "The site does not accept a text of this length. Ask whoever looks after it to raise the limit "
        "for requests."
    ),
    SiteProblem.TOO_MANY_429: _l(
        "The site asks us to wait. If this goes on, ask whoever looks after it to let the portal ask more "
        "often."
    ),
    SiteProblem.SERVER_ERROR: _l(
        "The site has an error of its own. If this goes on, ask whoever looks after it to read its error log."
    ),
    SiteProblem.DISK_FULL: _l(
        "The site cannot store anything more: its disk is full, or its folder cannot be written to. "
        "Ask whoever looks after it to make room."
    ),
    SiteProblem.MAY_NOT_FILE: _l(
        "The account cannot make drafts on the site. It needs the role of contributor or above."
    ),
    SiteProblem.MAY_NOT_UPLOAD: _l(
        "The account cannot upload pictures to the site. It needs the role of author or above."
    ),
    SiteProblem.MAY_NOT_SET_AUTHOR: _l(
        "The account cannot name another author. Remove the author from the settings of the site here, "
        "or use the account of an editor."
    ),
    SiteProblem.MAY_NOT_EDIT: _l(
        "The account cannot change this post: it now belongs to someone else, or it is published. "
        "Change it by hand on the site, or ask someone there."
    ),
    SiteProblem.MAY_NOT_EDIT_PICTURE: _l(
        "The account cannot change this picture: it now belongs to someone else. Change its words by "
        "hand on the site, or delete it there and send the story again."
    ),
    SiteProblem.NO_TRASH: _l(
        "The site has no trash, so nothing was deleted. Make a draft of the post, or delete it by hand there."
    ),
    SiteProblem.META_REFUSED: _l(
        "The account cannot write the field for the tagline. Check its key in the settings of the site "
        "here, or leave it empty."
    ),
    SiteProblem.CATEGORY_GONE: _l(
        "A category no longer exists on the site. Choose again in the table of categories for the site."
    ),
    SiteProblem.AUTHOR_GONE: _l(
        "The author named in the settings of the site here no longer exists there. Choose another one."
    ),
    SiteProblem.MEDIA_REFUSED: _l(
        "The site refuses this picture. Ask whoever looks after it to allow JPEG pictures, then send the "
        "story again; the hand-off sheet needs no upload."
    ),
    SiteProblem.PICTURE_GONE: _l(
        "Someone deleted a picture on the site while the story was on its way. The next try uploads it again."
    ),
    SiteProblem.POST_REFUSED: _l(
        "The site refuses the post as it is. Give the error code to whoever looks after the site."
    ),
    SiteProblem.SLUG_TAKEN: _l("Another post on the site has this slug. Give the draft another one."),
    SiteProblem.EDITED_THERE: _l(
        "Someone edited the post on the site. Compare both texts and choose which one stays."
    ),
    SiteProblem.TRASHED_THERE: _l(
        "The post is in the site’s trash. It is not sent again unless someone restores it there."
    ),
    SiteProblem.NOT_RECOGNISED: _l(
        "Since the address of the site was changed, the story is not found there under its number. Correct "
        "the address; if this is another site, add it as one of its own."
    ),
    SiteProblem.GONE_THERE: _l(
        "The post was deleted on the site. It is not sent again by itself; “Send again” makes a new one."
    ),
}
_STATUSES: Mapping[RemoteStatus, LazyString] = {
    RemoteStatus.DRAFT: _l("Draft on the site"),
    RemoteStatus.PENDING: _l("Waits for review on the site"),
    RemoteStatus.PUBLISHED: _l("Published"),
    RemoteStatus.SCHEDULED: _l("Scheduled on the site"),
    RemoteStatus.PRIVATE: _l("Private on the site"),
    RemoteStatus.TRASHED: _l("In the site’s trash"),
    RemoteStatus.GONE: _l("Deleted on the site"),
    RemoteStatus.HIDDEN: _l("Not visible to our account"),
    RemoteStatus.OTHER: _l("A status the portal does not know"),
}
_FIELDS: Mapping[PostField, LazyString] = {
    PostField.TITLE: _l("Headline"),
    PostField.CONTENT: _l("Text"),
    PostField.EXCERPT: _l("Excerpt"),
    PostField.SLUG: _l("Slug"),
    PostField.STATUS: _l("Status on the site"),
    PostField.CATEGORIES: _l("Categories"),
    PostField.FEATURED: _l("Featured picture"),
    PostField.DEK: _l("Tagline on the site"),
    PostField.AUTHOR: _l("Author on the site"),
    PostField.ALT: _l("Alternative text of a picture"),
    PostField.CAPTION: _l("Caption"),
    PostField.DESCRIPTION: _l("Description of a picture"),
    PostField.PICTURE_TITLE: _l("Title of a picture"),
}


def problem_sentence(problem: SiteProblem) -> str:
    """Return what went wrong on the site, and what to do about it."""
    return str(_PROBLEMS[problem])


def remote_status_label(status: RemoteStatus) -> str:
    """Return what a post is on the site."""
    return str(_STATUSES[status])


def post_field_label(part: PostField) -> str:
    """Return the name of a part of a post."""
    return str(_FIELDS[part])


@dataclass(frozen=True)
class Ability:
    """Something the account may or may not do; `is_good` says whether the portal can live with that."""

    is_good: bool
    sentence: str


def describe_account(account: Account) -> Sequence[Ability]:
    """Return what an account may and may not do on the site, one sentence each."""
    may_publish = _("Can publish, which the portal never does.")
    too_much = _("Can do everything on the site. The role of author is enough: use another account.")
    told = [
        _tell(
            account.may_file,
            _("Can make drafts."),
            _("Cannot make drafts, so nothing can be sent. It needs the role of author."),
        ),
        _tell(
            account.may_upload,
            _("Can upload pictures."),
            _("Cannot upload pictures, so only stories without pictures can be sent."),
        ),
        _tell(
            account.may_edit_others,
            _("Can name another author."),
            _("Cannot name another author: posts appear under the account’s own name."),
            is_needed=False,
        ),
        _tell(
            account.may_edit_published,
            _("Can take down its own published posts."),
            _("Cannot take down published posts: someone there has to do it by hand."),
        ),
    ]
    if account.may_manage:
        return [*told, Ability(is_good=False, sentence=too_much)]
    return [*told, Ability(is_good=True, sentence=may_publish)] if account.may_publish else told


def _tell(may: bool, yes: str, no: str, *, is_needed: bool = True) -> Ability:  # noqa: FBT001  # what it is about
    return Ability(is_good=may or not is_needed, sentence=yes if may else no)
