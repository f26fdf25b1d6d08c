iptables -N blocked
iptables -A blocked -s 203.0.113.0/24 -j DROP
iptables -A blocked -p tcp --dport 8000 -m conntrack --ctstate NEW -j REJECT --reject-with icmp-port-unreachable
iptables -A INPUT -j blocked
