ip address add 198.51.100.5/32 dev to-desk
background dnsmasq --keep-in-foreground --no-resolv --no-hosts --address=/shop.test/203.0.113.2 \
    --listen-address=198.51.100.5 --bind-interfaces --pid-file
eventually bash -c ': </dev/tcp/198.51.100.5/53'
printf 'nameserver 198.51.100.5\nnameserver 198.51.100.1\n' >/etc/resolv.conf
