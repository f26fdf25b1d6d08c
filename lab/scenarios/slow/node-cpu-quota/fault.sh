drop_in shop.service limits <<'EOF'
[Service]
MemoryMax=500M
CPUQuota=2%
EOF
systemctl set-property --runtime shop.service CPUQuota=2%
visitors http://shop.test/report 1
eventually sees http://shop.test/report 504
