for wave in 1 2 3; do
    hold http://api.test/slow 2
    sleep 0.2
    hit http://api.test/ 4
    sleep 1.2
    hit http://api.test/ 4
done
