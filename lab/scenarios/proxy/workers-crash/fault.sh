background bash -c 'while sleep 0.2; do pkill -SEGV -P "$(cat /run/nginx.pid)"; done'
crashed() { grep -q 'exited on signal 11' /var/log/nginx/error.log; }
eventually crashed
