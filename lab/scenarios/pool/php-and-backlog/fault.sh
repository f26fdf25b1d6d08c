for visitor in 1 2 3 4 5; do
    hold http://shop.test/import.php
    sleep 0.2
done
full() { [ "$(status http://shop.test/)" = 502 ]; }
eventually full
