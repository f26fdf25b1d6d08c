hit http://api.test/ 12
systemctl stop red
hit http://api.test/ 30
hit http://news.test/ 4
# The next one is served.
eventually sees http://api.test/ 502
