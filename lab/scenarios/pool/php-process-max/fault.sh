systemctl restart "$PHP_UNIT"
workers() { [ "$(pgrep -fc 'pool batch')" = "$1" ]; }
for count in 1 2 3; do
    hold http://batch.test/
    eventually workers "$count"
done
