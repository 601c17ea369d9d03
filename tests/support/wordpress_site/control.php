<?php
// Runs what a test asks for inside of the site, and answers what came of it as JSON.
if (isset($_GET['install'])) {
    define('WP_INSTALLING', true);
}
require ABSPATH . 'wp-load.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
header('Content-Type: application/json');
echo json_encode(eval(file_get_contents('php://input')), JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR);
