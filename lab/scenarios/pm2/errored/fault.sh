sed -i "1i const session = require('express-session');" /srv/shop/app.js
as_pm2 shop restart shop
eventually grep -q 'too many unstable restarts' /home/shop/.pm2/pm2.log
