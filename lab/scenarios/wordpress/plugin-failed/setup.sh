wordpress blog
mkdir -p /usr/share/wordpress/wp-content/plugins/shiny-slider
cat >/usr/share/wordpress/wp-content/plugins/shiny-slider/shiny-slider.php <<'PHP'
<?php
/*
Plugin Name: Shiny Slider
*/
add_action('wp_loaded', function () { strtoupper('slides'); });
PHP
mysql blog -e "UPDATE wp_options SET option_value = 'a:1:{i:0;s:29:\"shiny-slider/shiny-slider.php\";}' WHERE option_name = 'active_plugins'"
nginx_up
