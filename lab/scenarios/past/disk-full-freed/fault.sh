dd if=/dev/zero of=/var/lib/nginx/old-backup bs=1M status=none 2>/dev/null || :
hit http://files.test/dump 4
rm /var/lib/nginx/old-backup
hit http://files.test/dump
