touch /srv/move
eventually curl -sf --max-time 1 http://192.0.2.21:3000/
sed -i 's/192.0.2.20 orders/192.0.2.21 orders/' /etc/hosts
refused() { ! curl -s --max-time 1 http://192.0.2.20:3000/; }
eventually refused
