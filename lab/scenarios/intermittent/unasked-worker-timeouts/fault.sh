for round in 1 2 3 4; do
    hit http://app.test/ 5
    hit http://app.test/export
done
hit http://app.test/ 5
