certificate api root api.test 20200101000000Z 20210101000000Z
systemctl restart api
eventually sees http://api.test/ 503
