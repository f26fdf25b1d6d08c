for try in $(seq 12); do
    curl -s -o /dev/null --max-time 0.2 http://shop.test/502 || :
done
hit http://shop.test/ 5
