touch /srv/api/broken
cached() { [ "$(status http://api.test/news)" = 502 ]; }
eventually cached
rm /srv/api/broken
