touch /srv/api/broken
sleep 1.5
hit http://api.test/news 2
rm /srv/api/broken
