# shellcheck shell=bash
# Traefik.

# traefik_conf [LINES]: the static file with one entry point on port 80 and further LINES.
traefik_conf() {
    mkdir -p /etc/traefik/routes
    cat >/etc/traefik/traefik.yml <<EOF
entryPoints:
  web:
    address: ":80"
providers:
  file:
    directory: /etc/traefik/routes
${1:-}
EOF
}

# traefik_routes NAME.yml|NAME.toml: a file of its file provider, from standard input.
traefik_routes() { cat >"/etc/traefik/routes/$1"; }

# traefik_api [LINES]: api.test goes to 127.0.0.1:3000. LINES stand in its loadBalancer.
traefik_api() {
    traefik_routes api.yml <<EOF
http:
  routers:
    api:
      rule: Host(\`api.test\`)
      service: api
  services:
    api:
      loadBalancer:
${1:+$1
}        servers:
          - url: http://127.0.0.1:3000
EOF
}

# traefik_up [PORT]: starts or restarts it with a unit as the project suggests.
traefik_up() {
    unit traefik.service <<'EOF'
[Unit]
Description=Traefik
After=network-online.target

[Service]
Type=simple
ExecStart=/usr/local/bin/traefik --configFile=/etc/traefik/traefik.yml
Restart=on-failure
RestartSec=30

[Install]
WantedBy=multi-user.target
EOF
    systemctl enable -q traefik
    systemctl restart traefik
    wait_port "${1:-80}"
}

# traefik_to_tls: shop.test goes to https://127.0.0.1:8443, trusted by the authority
# "company" as shop.internal.
traefik_to_tls() {
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
}

# traefik_two_sites [LINES]: api.test goes to a node application, other.test to nobody.
# LINES stand in the static file.
traefik_two_sites() {
    node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
    start api 3000
    traefik_conf "${1:-}"
    traefik_api
    traefik_routes other.yml <<'EOF'
http:
  routers:
    other: {rule: "Host(`other.test`)", service: other}
  services:
    other: {loadBalancer: {servers: [{url: "http://127.0.0.1:3999"}]}}
EOF
    traefik_up
    eventually sees http://api.test/ 200
}
