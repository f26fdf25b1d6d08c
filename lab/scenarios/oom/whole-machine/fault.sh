limit_host 250
systemd-run -q --unit=nightly python3 -c '
import time
rows = []
while True:
    rows.append(b"x" * (1 << 20))
    time.sleep(0.005)'
wait_state api failed
systemctl stop nightly || :
