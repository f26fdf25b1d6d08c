ip route add prohibit 192.0.2.20
