hit http://npm.test/repository/npm/express
touch /srv/nexus/frozen
