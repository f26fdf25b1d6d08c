ip address del 198.51.100.9/32 dev lo
