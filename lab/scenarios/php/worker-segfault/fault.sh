# A category that is its own parent: PHP's internal functions recurse on the C stack.
php_page shop category.php <<'PHP'
<?php
ini_set('memory_limit', '-1');
function ancestors($category) {
    return array_map('ancestors', [$category]);
}
ancestors('shoes');
PHP
