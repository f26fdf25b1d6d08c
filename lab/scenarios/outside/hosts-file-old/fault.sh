echo "203.0.113.2 shop.test # the test before the move" >>/etc/hosts
