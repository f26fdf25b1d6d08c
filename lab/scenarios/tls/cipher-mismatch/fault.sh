tls_app api 8443 'ciphers: "ECDHE-ECDSA-CHACHA20-POLY1305"'
