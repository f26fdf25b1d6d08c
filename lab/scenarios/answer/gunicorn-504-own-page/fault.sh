touch /srv/stock/warehouse-down
