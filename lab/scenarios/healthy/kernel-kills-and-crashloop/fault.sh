node_app loops 'Restart=always
RestartSec=200ms
StartLimitIntervalSec=0' <<<'throw new Error("no database");'
systemctl start loops || :
iptables -A INPUT -p tcp --dport 9000 -j DROP
for i in 1 2 3; do curl -ks -o /dev/null --resolve old.test:443:127.0.0.1 https://old.test/ || :; done
