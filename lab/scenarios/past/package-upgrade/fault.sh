dpkg -i /root/shop-1.1.deb
endure http://shop.test/
