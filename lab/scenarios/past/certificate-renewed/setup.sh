authority company
certificate pay company pay.internal
tls_app pay 8443
tls_site pay
nginx_up
