cat >/srv/crowd.py <<'EOF'
import os, socket, time
def hold(port):
    server = socket.socket()
    server.bind(("127.0.0.1", port))
    server.listen(1024)
    held = []
    for n in range(1000):
        client = socket.create_connection(("127.0.0.1", port))
        held += [client, server.accept()[0]]
    open("/run/crowd.%d" % port, "w").close()
    time.sleep(3600)
for port in range(9900, 9910):
    if os.fork() == 0:
        hold(port)
for n in range(2000):
    if os.fork() == 0:
        time.sleep(3600)
        os._exit(0)
time.sleep(3600)
EOF
unit crowd.service <<'EOF'
[Service]
ExecStart=/usr/bin/python3 /srv/crowd.py
LimitNOFILE=4096
TasksMax=infinity
EOF
systemctl start crowd
for port in $(seq 9900 9909); do eventually test -e "/run/crowd.$port"; done
systemctl stop api
