members_site 'proxy_next_upstream off; proxy_read_timeout 1s;' max_fails=0 blue:3001 green:3002
nginx_up
