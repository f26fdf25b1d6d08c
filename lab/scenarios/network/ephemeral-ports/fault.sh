sysctl -qw net.ipv4.ip_local_port_range='40000 40031'
full() { [ "$(status http://api.test/)" = 502 ]; }
# They come over another address, and so leave our own visitors their ports.
visit() { background curl -s -o /dev/null --connect-to ::127.0.0.5:80 http://api.test/events; }
fill() { full || { visit; false; }; }
eventually fill
