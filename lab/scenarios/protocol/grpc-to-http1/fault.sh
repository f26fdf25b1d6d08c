sed -i 's/http2/http/' /srv/rpc/server.js
systemctl restart rpc; wait_port 50051
hit http://api.test/pkg.Svc/Call 2
