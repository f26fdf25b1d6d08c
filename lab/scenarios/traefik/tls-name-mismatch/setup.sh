authority company
certificate shop company shop.internal
tls_app shop 8443
traefik_conf
traefik_routes shop.yml <<'CFG'
http:
  routers:
    shop: {rule: "Host(`shop.test`)", service: shop}
  services:
    shop:
      loadBalancer:
        serversTransport: inside
        servers:
          - url: https://127.0.0.1:8443
  serversTransports:
    inside:
      serverName: shop.internal
      rootCAs:
        - /etc/ssl/lab/company.crt
CFG
traefik_up
eventually sees http://shop.test/ 200
