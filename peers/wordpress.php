<?php
// Runs in a WordPress folder: install URL | post TITLE TEXT | edit ID TEXT | delete ID.
[, $what, $first, $second] = [...$argv, '', ''];
define('WP_USE_THEMES', false);
if ($what === 'install') {
    define('WP_INSTALLING', true);
}
$_SERVER['HTTP_HOST'] = parse_url(getenv('WORDPRESS_URL'), PHP_URL_HOST);
$_SERVER['REQUEST_URI'] = '/';
require getcwd() . '/wp-load.php';
switch ($what) {
    case 'install':
        require_once ABSPATH . 'wp-admin/includes/upgrade.php';
        wp_install('Northwind watchers', 'admin', 'admin@mail.example', true, '', 'hush-hush-hush');
        update_option('siteurl', getenv('WORDPRESS_URL'));
        update_option('home', getenv('WORDPRESS_URL'));
        break;
    case 'post':
        echo wp_insert_post(
            ['post_title' => $first, 'post_content' => $second, 'post_status' => 'publish', 'post_author' => 1]
        );
        break;
    case 'edit':
        echo wp_update_post(['ID' => (int) $first, 'post_content' => $second]);
        break;
    case 'delete':
        wp_delete_post((int) $first, true);
}
