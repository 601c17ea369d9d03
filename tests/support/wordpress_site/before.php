<?php
// Debian's WordPress takes its settings from /etc: these come before it does.
define('ABSPATH', $_SERVER['SITE_FOLDER'] . '/');
