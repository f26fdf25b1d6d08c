php_page shop stock.php <<<'<?php sleep(4); echo "stock\n";'
hit http://shop.test/stock.php
