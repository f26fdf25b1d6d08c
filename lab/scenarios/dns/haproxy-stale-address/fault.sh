touch /srv/move
eventually curl -sf --max-time 1 http://192.0.2.21:3000/
sed -i 's/192.0.2.20 orders/192.0.2.21 orders/' /etc/hosts
eventually sees http://api.test/ 503
