certificate shop company shop.internal 20250101000000Z 20260101000000Z
start shop 127.0.0.1:8443
eventually sees http://shop.test/ 502
