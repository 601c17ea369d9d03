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
        "No site has this name at the moment. Check how it is spelt; the portal tries again by itself."
    ),
    SiteProblem.PRIVATE_ADDRESS: _l(
        "The name leads to a machine that is not public. Whoever runs the portal can allow it with "
        "PORTAL_TARGET_NETWORKS."
    ),
    SiteProblem.DOWN: _l("The site does not answer. The portal tries again by itself."),
    SiteProblem.SLOW: _l(
        "The site took too long to answer. The portal tries again by itself; nothing will be there twice."
    ),
    SiteProblem.CERTIFICATE: _l(
        "No secure connection could be made: the site’s certificate is missing, has expired or is for "
        "another name. Ask whoever looks after the site to renew it."
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
        "The site answered with a page for people, as security plugins and error messages do. The portal "
        "tries again by itself; if it stays so, ask whoever looks after the site to let the portal reach "
        "/wp-json."
    ),
    SiteProblem.UNEXPECTED: _l("Something answered that is not WordPress. Check the address."),
    SiteProblem.REFUSED_401: _l(
        "The site does not take the account or its password. Enter both again: the password is one made in "
        "the WordPress profile under “Application Passwords”."
    ),
    SiteProblem.AUTHORIZATION_STRIPPED: _l(
        "The site does not see who is asking. Enter account and application password again. If both are "
        "right, something in front of WordPress drops the Authorization header: ask whoever looks after the"
        " site to let it through."
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
        "There is no WordPress interface at this address. Check the address; on the site, permalinks may be"
        " anything but “Plain”."
    ),
    SiteProblem.TOO_LARGE_413: _l(
        "The site takes no files of this size. Ask whoever looks after it to raise the limit for uploads."
    ),
    SiteProblem.TEXT_TOO_LARGE_413: _l(
        "The site takes no text of this length. Ask whoever looks after it to raise the limit for requests."
    ),
    SiteProblem.TOO_MANY_429: _l("The site asks for a pause. The portal tries again by itself."),
    SiteProblem.SERVER_ERROR: _l(
        "The site has an error of its own. The portal tries again by itself; nothing will be there twice."
    ),
    SiteProblem.DISK_FULL: _l(
        "The site can store nothing more: its disk is full or its folder is closed. Ask whoever looks "
        "after it to make room; the portal tries again by itself."
    ),
    SiteProblem.MAY_NOT_FILE: _l(
        "The account may not make drafts on the site. It needs the role of a contributor or more."
    ),
    SiteProblem.MAY_NOT_UPLOAD: _l(
        "The account may not upload pictures to the site. It needs the role of an author or more."
    ),
    SiteProblem.MAY_NOT_SET_AUTHOR: _l(
        "The account may not name another author. Take the author out of the target, or use the account of "
        "an editor."
    ),
    SiteProblem.MAY_NOT_EDIT: _l(
        "The account may not change this post: it belongs to someone else by now, or is "
        "published. Do it by hand on the site, or ask someone there."
    ),
    SiteProblem.MAY_NOT_EDIT_PICTURE: _l(
        "The account may not change this picture: it belongs to someone else by now. Change its words by "
        "hand on the site, or delete it there and send the story again."
    ),
    SiteProblem.NO_TRASH: _l(
        "The site has no trash, so nothing was deleted. Make a draft of the post, or delete it by hand there."
    ),
    SiteProblem.META_REFUSED: _l(
        "The account may not write the field for the dek. Check its name in the target, or leave it empty."
    ),
    SiteProblem.CATEGORY_GONE: _l(
        "A category is no longer there on the site. Choose again in the target’s table of categories."
    ),
    SiteProblem.AUTHOR_GONE: _l(
        "The author that the target names is no longer there on the site. Choose another one."
    ),
    SiteProblem.MEDIA_REFUSED: _l(
        "The site refuses this picture. Ask whoever looks after it to allow JPEG pictures, or take the "
        "picture out of the text."
    ),
    SiteProblem.PICTURE_GONE: _l(
        "Someone deleted a picture on the site while the story was on its way. The portal tries again by "
        "itself."
    ),
    SiteProblem.POST_REFUSED: _l(
        "The site refuses the post as it is. Give its code to whoever looks after the site."
    ),
    SiteProblem.SLUG_TAKEN: _l("Another post on the site has this slug. Give the draft another one."),
    SiteProblem.EDITED_THERE: _l(
        "Someone edited the post on the site. Compare both texts and choose which one stays."
    ),
    SiteProblem.TRASHED_THERE: _l(
        "The post is in the site’s trash. It is not sent again unless someone restores it there."
    ),
    SiteProblem.GONE_THERE: _l(
        "The post was deleted on the site. It is not sent again unless you ask for a new one."
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
    RemoteStatus.HIDDEN: _l("Hidden from our account"),
    RemoteStatus.OTHER: _l("A status that only the site knows"),
}
_FIELDS: Mapping[PostField, LazyString] = {
    PostField.TITLE: _l("Headline"),
    PostField.CONTENT: _l("Text"),
    PostField.EXCERPT: _l("Excerpt"),
    PostField.SLUG: _l("Slug"),
    PostField.STATUS: _l("Status on the site"),
    PostField.CATEGORIES: _l("Categories"),
    PostField.FEATURED: _l("Featured picture"),
    PostField.DEK: _l("Dek on the site"),
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
    may_publish = _("May publish, which the portal never does.")
    too_much = _("May do everything on the site. The role of an author is enough: use another account.")
    told = [
        _tell(
            account.may_file,
            _("Makes drafts."),
            _("May not make drafts: nothing can be sent. It needs the role of an author."),
        ),
        _tell(
            account.may_upload,
            _("Uploads pictures."),
            _("May not upload pictures: only stories without pictures can be sent."),
        ),
        _tell(
            account.may_edit_others,
            _("Can name another author."),
            _("Cannot name another author: posts appear under the account’s own name."),
            is_needed=False,
        ),
        _tell(
            account.may_edit_published,
            _("Can take down what is published of its own."),
            _("Cannot take down what is published: someone there has to do it by hand."),
        ),
    ]
    if account.may_manage:
        return [*told, Ability(is_good=False, sentence=too_much)]
    return [*told, Ability(is_good=True, sentence=may_publish)] if account.may_publish else told


def _tell(may: bool, yes: str, no: str, *, is_needed: bool = True) -> Ability:  # noqa: FBT001  # what it is about
    return Ability(is_good=may or not is_needed, sentence=yes if may else no)
