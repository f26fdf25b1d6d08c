varnishadm -T localhost:6082 -S /etc/varnish/secret backend.set_health boot.default sick
