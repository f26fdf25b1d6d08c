php_page shop cart.php <<'PHP'
<?php
header('X-Debug-Queries: ' . str_repeat('SELECT * FROM cart; ', 400));
echo "cart\n";
PHP
