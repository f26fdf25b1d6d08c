wordpress blog
nginx_up
