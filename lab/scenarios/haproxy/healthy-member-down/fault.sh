echo "127.0.0.1 shop.test" >>/etc/hosts
hit http://shop.test/ 2
