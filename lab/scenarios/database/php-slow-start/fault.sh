printf '[mysqld]\ninnodb_buffer_pool_sizes = 1G\n' >/etc/mysql/mariadb.conf.d/99-tuning.cnf
systemctl restart mariadb || :
wait_state mariadb failed
