touch /srv/legacy/upgraded
