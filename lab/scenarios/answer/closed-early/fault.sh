rmdir /srv/api/avatars
