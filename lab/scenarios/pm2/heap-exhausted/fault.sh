hit http://shop.test/report
wait_gone 3000
eventually grep -q 'SIGABRT' /home/shop/.pm2/pm2.log
