"""Whoever opens a pushed story in WordPress' own editor finds every block whole."""

from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page

from portal.export.wordpress import to_wordpress_blocks
from portal.story.blocks import Figure, add_pictures
from portal.story.markdown import to_blocks
from portal.wordpress.posts import Pushed, url_placeholder
from portal.wordpress.push import push_story
from tests.support.wordpress import WordPress
from tests.support.wordpress_posts import ALL_KINDS, POST

pytestmark = pytest.mark.browser

LOG_IN = """
$user = get_user_by('login', '%s');
$until = time() + 3600;
$made = [];
foreach ([[SECURE_AUTH_COOKIE, 'secure_auth'], [LOGGED_IN_COOKIE, 'logged_in']] as [$name, $scheme]) {
    $made[$name] = wp_generate_auth_cookie($user->ID, $until, $scheme);
}
return $made;
"""
BROKEN = """() => {
    const read = blocks => blocks.flatMap(one => [one, ...read(one.innerBlocks)]);
    const found = read(wp.data.select('core/block-editor').getBlocks());
    const broken = found.filter(one => !one.isValid || one.name === 'core/freeform');
    const isDirty = wp.data.select('core/editor').isEditedPostDirty();
    return [found.length, broken.map(one => one.name), isDirty];
}"""
LOADED = "() => window.wp?.data?.select('core/block-editor')?.getBlocks()?.length > 0"


def open_editor(chromium: Browser, wordpress: WordPress, pushed: Pushed) -> Page:
    context = chromium.new_context(ignore_https_errors=True)
    for name, value in wordpress.run(LOG_IN % "author").items():
        context.add_cookies([{"name": name, "value": value, "url": wordpress.address}])
    page = context.new_page()
    page.goto(pushed.edit_address)
    page.wait_for_function(LOADED, timeout=60_000)
    return page


def test_every_block_is_whole_in_the_editor(chromium: Browser, wordpress: WordPress) -> None:
    figure = Figure(url_placeholder("sea"), "Море & <b>", "Одеса [1] «2»")
    blocks = add_pictures(to_blocks(ALL_KINDS), ["sea"])
    content = to_wordpress_blocks(blocks, figures={"sea": figure}, note_prefix="3f9c2a71-")
    pushed = push_story(wordpress.log_in(), replace(POST, content=content), None, lambda _step: None)
    page = open_editor(chromium, wordpress, pushed)
    count, broken, is_dirty = page.evaluate(BROKEN)
    page.context.close()
    assert (count, broken, is_dirty) == (content.count("<!-- wp:"), [], False)
