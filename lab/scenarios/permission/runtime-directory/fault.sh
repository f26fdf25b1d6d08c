drop_in app.service tighter <<'UNIT'
[Service]
RuntimeDirectoryMode=0750
UNIT
start app /run/app/app.sock
