members_site '' max_fails=0 blue:3001 green:3002
nginx_up
