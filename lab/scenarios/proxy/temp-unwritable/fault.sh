chown -R root:root /var/lib/nginx/proxy
chmod 700 /var/lib/nginx/proxy
