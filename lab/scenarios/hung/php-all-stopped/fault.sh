systemctl kill --signal=STOP "$PHP_UNIT"
