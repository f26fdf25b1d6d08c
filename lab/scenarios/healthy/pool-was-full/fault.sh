hold http://shop.test/import.php 5
reached() { grep -q 'max_children' "/var/log/php$PHP-fpm.log"; }
eventually reached
idle() { [ "$(status http://shop.test/)" = 200 ]; }
eventually idle
idle_for_all() { for _ in 1 2 3 4 5 6; do idle || return 1; done; }
eventually idle_for_all
