systemctl kill --signal=KILL m2
hit http://api.test/ 6
