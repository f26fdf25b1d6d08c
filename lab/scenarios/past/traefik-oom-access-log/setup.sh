filling_app 'Restart=always
RestartSec=4s'
mkdir -p /var/log/traefik
traefik_conf 'accessLog: {filePath: /var/log/traefik/access.log, format: json}'
traefik_api
traefik_up
eventually sees http://api.test/ 200
