php_page shop old.php <<'PHP'
<?php
header('Status: gone');
echo "old\n";
PHP
