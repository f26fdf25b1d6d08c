chown root: /srv/keys/keys.key
chmod 600 /srv/keys/keys.key
