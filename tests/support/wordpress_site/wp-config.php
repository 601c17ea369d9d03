<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . $_SERVER['DATABASE_SOCKET']);
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('WP_HOME', $_SERVER['SITE_ADDRESS']);
define('WP_SITEURL', $_SERVER['SITE_ADDRESS']);
define('WP_CONTENT_DIR', ABSPATH . 'wp-content');
define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', false);
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
    define($name . '_KEY', 'of tests');
    define($name . '_SALT', 'of tests');
}
$table_prefix = 'wp_';
require_once ABSPATH . 'wp-settings.php';
