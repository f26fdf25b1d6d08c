name_server address=/other.internal/127.0.0.1
eventually sees http://api.test/ 503
