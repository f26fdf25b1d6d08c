php_page shop report.php <<<'<?php usleep(2000000); echo "report\n";'
