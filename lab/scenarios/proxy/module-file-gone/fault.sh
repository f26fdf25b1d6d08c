rm /usr/lib/nginx/modules/ngx_stream_module.so
systemctl restart nginx || :
wait_state nginx failed
