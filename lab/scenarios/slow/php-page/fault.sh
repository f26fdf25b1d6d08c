php_page shop report.php <<<'<?php usleep(3500000); echo "report\n";'
