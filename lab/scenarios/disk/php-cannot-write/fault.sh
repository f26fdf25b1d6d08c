rm /srv/app/data/cache
dd if=/dev/zero of=/srv/app/data/export.csv bs=64k status=none 2>/dev/null || :
systemctl restart app || :
wait_state app failed
