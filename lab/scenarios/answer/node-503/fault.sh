rm /srv/api/stock.json
