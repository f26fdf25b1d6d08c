rm -rf /var/cache/pages
