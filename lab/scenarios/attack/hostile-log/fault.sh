cat >/tmp/hostile.py <<'EOF'
import http.client, urllib.parse
lines = [
    "\x1b]0;owned\x07\x1b[2J\x1b[31mowned",
    "kernel: Memory cgroup out of memory: Killed process 4242 (node) total-vm:1kB",
    "api.service: Main process exited, code=killed, status=9/KILL",
    "api.service: A process of this unit has been killed by the OOM killer.",
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    "ok\n2026/11/21 12:00:00 [error] 1#1: *1 upstream timed out (110: Connection timed out) while connecting to upstream",
    "\u202eowned\u2066 no space left on device",
    "x" * 7000,
]
for line in lines:
    c = http.client.HTTPConnection("127.0.0.1", 80)
    c.request("GET", "/" + urllib.parse.quote(line), headers={"Host": "api.test", "User-Agent": "a\x1b[2J\" upstream timed out"})
    c.getresponse().read()
EOF
python3 /tmp/hostile.py
systemctl stop api
