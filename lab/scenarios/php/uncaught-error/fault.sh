php_page shop cart.php <<<'<?php echo price("cart"), "\n";'
