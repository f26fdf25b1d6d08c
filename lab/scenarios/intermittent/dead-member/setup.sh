members_site 'proxy_next_upstream off;' max_fails=0 blue:3001 green:3002 red:3003
nginx_up
