sed -i 's/"3000"/"3001"/' /etc/varnish/backends.vcl
varnish_up
