certificate pay company pay.internal "$(date -u -d +7days +%Y%m%d%H%M%SZ)" "$(date -u -d +372days +%Y%m%d%H%M%SZ)"
nginx_reload
