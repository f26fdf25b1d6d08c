echo 'set server be_web/s1 state maint' | nc -U -q1 /run/haproxy/admin.sock
eventually sees http://api.test/ 503
