# shellcheck shell=bash
# Envoy.

# envoy_conf: the bootstrap file, from standard input.
envoy_conf() {
    mkdir -p /etc/envoy
    cat >/etc/envoy/envoy.yaml
}

# envoy_http ADDRESS PORT: the head of a bootstrap file, up to its virtual hosts, which
# follow indented by 14; what it serves is logged to the standard output.
envoy_http() {
    cat <<EOF
static_resources:
  listeners:
  - name: web
    address:
      socket_address: {address: $1, port_value: $2}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: web
          access_log:
          - name: envoy.access_loggers.stdout
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
          http_filters:
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
          route_config:
            virtual_hosts:
EOF
}

# envoy_cluster NAME PORT [LINES]: a cluster with one server on 127.0.0.1; LINES are
# further members of it, indented by 4.
envoy_cluster() {
    cat <<EOF
  - name: $1
    connect_timeout: 1s
${3:-}
    load_assignment:
      cluster_name: $1
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address:
                address: 127.0.0.1
                port_value: $2
EOF
}

# envoy_api ADDRESS PORT [LINES]: Envoy listens there and sends api.test to 127.0.0.1:3000.
# LINES stand in the cluster.
envoy_api() {
    {
        envoy_http "$1" "$2"
        cat <<'EOF'
            - name: api
              domains: [api.test]
              routes:
                - match: {prefix: /}
                  route: {cluster: api}
  clusters:
EOF
        envoy_cluster api 3000 ${3:+"$3"}
    } | envoy_conf
}

# envoy_up [PORT]: starts or restarts it.
envoy_up() {
    unit envoy.service <<'EOF'
[Unit]
Description=Envoy
After=network.target

[Service]
ExecStart=/usr/local/bin/envoy -c /etc/envoy/envoy.yaml --concurrency 1
Restart=on-failure

[Install]
WantedBy=multi-user.target
EOF
    systemctl enable -q envoy
    systemctl restart envoy
    wait_port "${1:-80}"
}

# envoy_two_sites: api.test goes to a node application, other.test to nobody; both are
# logged to one file.
envoy_two_sites() {
    node_app api 'Environment=PORT=3000' <<<"$NODE_HELLO"
    start api 3000
    mkdir -p /var/log/envoy
    {
        envoy_http 0.0.0.0 80 | sed -e 's#access_loggers.stdout$#access_loggers.file#' \
            -e 's#stream.v3.StdoutAccessLog#file.v3.FileAccessLog#' \
            -e '/file.v3.FileAccessLog/a\              path: /var/log/envoy/access.log'
        cat <<'EOF'
            - name: api
              domains: [api.test]
              routes:
                - match: {prefix: /}
                  route: {cluster: api}
            - name: other
              domains: [other.test]
              routes:
                - match: {prefix: /}
                  route: {cluster: other}
  clusters:
EOF
        envoy_cluster api 3000
        envoy_cluster other 3999
    } | envoy_conf
    envoy_up
    eventually sees http://api.test/ 200
}
