systemctl kill --signal=STOP api
