iptables -A OUTPUT -d 192.0.2.77 -p tcp --dport 443 -j DROP
touch /srv/app/outage
