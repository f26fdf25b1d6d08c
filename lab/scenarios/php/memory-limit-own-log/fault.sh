php_page import tools/import.php <<<'<?php require __DIR__ . "/../lib/Catalogue.php"; echo load(50000), "\n";'
