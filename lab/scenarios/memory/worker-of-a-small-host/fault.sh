limit_host 230
php_page shop report.php <<'PHP'
<?php
$rows = [];
while (true) $rows[] = str_repeat(chr(65 + count($rows) % 26), 1 << 20);
PHP
hit http://shop.test/report.php
