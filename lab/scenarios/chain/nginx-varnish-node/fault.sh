sed -i 's/"3000"/"3300"/' /etc/varnish/default.vcl
varnish_up 6081
