unit import.service <<'EOF'
[Unit]
Description=nightly import

[Service]
Slice=customer.slice
ExecStart=/bin/sh -c 'for n in 1 2 3 4 5 6; do (while :; do :; done) & done; wait'
EOF
systemctl start import.service
systemctl set-property customer.slice CPUQuota=10%
visitors http://prices.test/ 1
eventually sees http://prices.test/ 504
