mysql -e "ALTER USER shop@localhost IDENTIFIED BY 'changed'"
