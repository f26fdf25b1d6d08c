certificate shop company shop.test "$(date -u -d -90days +%Y%m%d%H%M%SZ)" "$(date -u -d -3days +%Y%m%d%H%M%SZ)"
nginx_reload
