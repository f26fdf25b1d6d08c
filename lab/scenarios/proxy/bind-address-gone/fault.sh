ip address del 198.51.100.7/32 dev lo
