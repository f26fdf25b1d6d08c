certificate api company api-v2.internal
start api 127.0.0.1:8443
