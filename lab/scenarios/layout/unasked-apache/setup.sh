cat >/usr/local/bin/nourl <<'EOF'
#!/bin/bash
a=(); for w in "$@"; do case $w in http*) ;; *) a+=("$w");; esac; done
exec "${a[@]}"
EOF
chmod 755 /usr/local/bin/nourl

node_app api <<<"$NODE_HELLO"; start api 3000
apache_proxy api http://127.0.0.1:3000/
apache_up
