echo "127.0.0.1 bad.test" >>/etc/hosts
hit http://bad.test/ 3
