certificate shop other shop.internal
start shop 127.0.0.1:8443
eventually sees http://shop.test/ 503
