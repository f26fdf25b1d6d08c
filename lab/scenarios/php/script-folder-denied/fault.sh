chown root: /srv/sites/blog
chmod 750 /srv/sites/blog
