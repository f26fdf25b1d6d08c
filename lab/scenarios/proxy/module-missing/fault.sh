rm /etc/nginx/modules-enabled/*stream*
systemctl restart nginx || :
wait_state nginx failed
