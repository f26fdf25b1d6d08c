out_and_back 5
# It writes what it holds back.
eventually grep -q 'other.test.* 503 ' /var/log/varnish/varnishncsa.log
