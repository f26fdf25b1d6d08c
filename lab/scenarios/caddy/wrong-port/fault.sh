sed -i 's/proxied 3000/proxied 3001/' /etc/caddy/sites/app
caddy_up
