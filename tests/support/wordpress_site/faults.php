<?php
// What plugins, servers and people do to a site: read anew with each request, so that a test can change it.
$fault = json_decode(@file_get_contents(ABSPATH . 'fault.json') ?: '{}', true);

function end_with(int $status, string $type, string $body): void
{
    status_header($status);
    header("Content-Type: $type");
    echo $body;
    exit;
}

function die_in_the_middle(): void
{
    end_with(500, 'text/html', '<p>There has been a critical error on this website.</p>');
}

add_filter('rest_pre_dispatch', function ($answer, $server, $request) use ($fault) {
    if (!preg_match('#' . ($fault['route'] ?? '.') . '#', $request->get_method() . ' ' . $request->get_route())) {
        return $answer;
    }
    if (isset($fault['sleep'])) {
        usleep((int) ($fault['sleep'] * 1e6));
    }
    if (isset($fault['page'])) {
        end_with($fault['status'] ?? 200, 'text/html; charset=UTF-8', $fault['page']);
    }
    if (isset($fault['json'])) {
        end_with($fault['status'] ?? 200, 'application/json', $fault['json']);
    }
    if (isset($fault['code'])) {
        return new WP_Error($fault['code'], $fault['message'] ?? 'No.', ['status' => $fault['status']]);
    }
    return $answer;
}, 1, 3);

if (isset($fault['dies_at'])) {
    add_action($fault['dies_at'], 'die_in_the_middle');
}
if (isset($fault['takes_meta'])) {
    add_action('init', fn () => register_post_meta('post', $fault['takes_meta'], [
        'show_in_rest' => true,
        'single' => true,
        'type' => 'string',
        'auth_callback' => fn () => empty($fault['guards_meta']),
    ]));
}
if (isset($fault['writes'])) {
    add_filter('content_save_pre', fn ($text) => str_replace($fault['writes'][0], $fault['writes'][1], $text));
}
if (isset($fault['looks_early'])) {
    add_filter('rest_authentication_errors', fn ($found) => is_user_logged_in() ? $found : $found, 50);
}
if (isset($fault['without_passwords'])) {
    add_filter('wp_is_application_passwords_available', '__return_false');
}
