pkill -QUIT -o -f 'php-fpm: master'
wait_gone 9000
rm -rf /run/systemd/system
