for wave in 1 2 3; do
    hold http://shop.test/report.php 2
    sleep 0.3
    endure http://shop.test/ 3
    sleep 1
done
