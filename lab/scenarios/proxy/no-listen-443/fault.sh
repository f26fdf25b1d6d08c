# The certificate's renewal took the lines out, and put none back.
sed -i '/443/d; /ssl_certificate/d' /etc/nginx/sites-available/api
systemctl restart nginx
wait_port 80
