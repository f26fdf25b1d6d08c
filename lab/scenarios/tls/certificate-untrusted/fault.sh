certificate api successor api.internal
start api 127.0.0.1:8443
