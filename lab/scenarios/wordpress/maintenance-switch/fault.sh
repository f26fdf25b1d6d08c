echo '<?php $upgrading = 1600000000; ?>' >/srv/blog/.maintenance
echo '<?php $upgrading = time(); ?>' >/srv/blog/core/.maintenance
