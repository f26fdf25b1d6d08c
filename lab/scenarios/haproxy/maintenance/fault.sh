echo 'set server app/a state maint' | nc -U -q1 /run/haproxy/admin.sock
eventually sees http://api.test/ 503
