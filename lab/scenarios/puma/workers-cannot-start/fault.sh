echo "require 'nokogiri_that_is_gone'" >/srv/shop/app.rb
systemctl restart shop
wait_port 9292
sleep 2
