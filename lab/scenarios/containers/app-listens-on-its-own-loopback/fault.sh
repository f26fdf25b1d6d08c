echo 127.0.0.1 >/srv/app/host
pkill -f 'node /srv/app/server.js'
shut() { ! ip netns exec app bash -c ': </dev/tcp/10.0.3.2/3000'; }
inside() { ip netns exec app bash -c ': </dev/tcp/127.0.0.1/3000'; }
eventually shut
eventually inside
eventually sees http://api.test/ 502
