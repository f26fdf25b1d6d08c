php_page shop report.php <<<'<?php sleep(20); echo "report\n";'
