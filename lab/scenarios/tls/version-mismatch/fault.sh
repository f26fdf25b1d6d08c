tls_app api 8443 'minVersion: "TLSv1.3"'
