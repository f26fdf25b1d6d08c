hold http://shop.test/report.php
hold http://shop.test/report.php
sleep 0.3
endure http://shop.test/ 3
