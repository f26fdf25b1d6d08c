hit http://npm.test/repository/npm/express
systemctl stop upstream
