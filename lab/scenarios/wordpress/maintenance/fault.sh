echo "<?php \$upgrading = $(date +%s); ?>" >/usr/share/wordpress/.maintenance
