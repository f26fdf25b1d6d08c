# shellcheck shell=bash
# Certificates, and backends that speak TLS.

# authority NAME: a certificate authority, /etc/ssl/lab/NAME.{crt,key}.
authority() {
    mkdir -p /etc/ssl/lab
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
        -subj "/CN=$1 authority" -keyout "/etc/ssl/lab/$1.key" -out "/etc/ssl/lab/$1.crt" 2>/dev/null
}

# certificate NAME AUTHORITY HOSTNAME [FROM UNTIL]: /etc/ssl/lab/NAME.{crt,key}, signed
# by the authority. FROM and UNTIL as YYYYMMDDHHMMSSZ; now and a year unless given.
certificate() {
    local dir=/etc/ssl/lab
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$3" \
        -keyout "$dir/$1.key" -out "$dir/$1.csr" 2>/dev/null
    mkdir -p "$dir/ca-$2"
    touch "$dir/ca-$2/index"
    cat >"$dir/ca-$2/conf" <<EOF
[ca]
default_ca = it
[it]
database = $dir/ca-$2/index
new_certs_dir = $dir/ca-$2
default_md = sha256
policy = any
rand_serial = yes
unique_subject = no
[any]
commonName = supplied
[ext]
subjectAltName = DNS:$3
basicConstraints = CA:false
EOF
    openssl ca -batch -notext -config "$dir/ca-$2/conf" -cert "$dir/$2.crt" -keyfile "$dir/$2.key" \
        -extensions ext -startdate "${4:-$(date -u -d -1day +%Y%m%d%H%M%SZ)}" \
        -enddate "${5:-$(date -u -d +1year +%Y%m%d%H%M%SZ)}" -in "$dir/$1.csr" -out "$dir/$1.crt" 2>/dev/null
    chmod 644 "$dir/$1.key"
}

# tls_app NAME PORT [OPTIONS]: (re)starts a node application that serves https on
# 127.0.0.1:PORT with the certificate NAME. OPTIONS are fields of node's TLS options.
tls_app() {
    node_app "$1" <<JS
const fs = require('fs');
require('https').createServer({
  key: fs.readFileSync('/etc/ssl/lab/$1.key'),
  cert: fs.readFileSync('/etc/ssl/lab/$1.crt'),
  ${3:-}
}, (request, response) => response.end('ok\n')).listen($2, '127.0.0.1');
JS
    start "$1" "127.0.0.1:$2"
}

# tls_site NAME [LINES]: server NAME.test that proxies to https://127.0.0.1:8443, verifies
# against the authority "company" and expects the name NAME.internal.
tls_site() {
    proxy_site "$1" https://127.0.0.1:8443 "proxy_ssl_verify on;
        proxy_ssl_trusted_certificate /etc/ssl/lab/company.crt;
        proxy_ssl_name $1.internal;
        ${2:-}"
}

# intermediate NAME AUTHORITY: an authority signed by another one.
intermediate() {
    local dir=/etc/ssl/lab
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1 authority" \
        -keyout "$dir/$1.key" -out "$dir/$1.csr" 2>/dev/null
    openssl x509 -req -days 3650 -in "$dir/$1.csr" -CA "$dir/$2.crt" -CAkey "$dir/$2.key" \
        -extfile <(echo basicConstraints=critical,CA:true) -out "$dir/$1.crt" 2>/dev/null
}
