php_page shop export.php <<'PHP'
<?php
$rows = [];
while (true) $rows[] = str_repeat('x', 100000);
PHP
