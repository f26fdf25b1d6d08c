traefik_two_sites 'accessLog: {}
log: {level: DEBUG}'
