certificate api company api.internal "$(date -u -d -400days +%Y%m%d%H%M%SZ)" "$(date -u -d -35days +%Y%m%d%H%M%SZ)"
start api 127.0.0.1:8443
