sed -i 's/.port = /.prot = /' /etc/varnish/default.vcl
systemctl restart varnish || :
eventually unit_is varnish failed
