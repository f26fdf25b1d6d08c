systemd-run -q --unit=nightly -p MemoryMax=30M -p MemorySwapMax=0 python3 -c 'x = bytearray(200 << 20)'
wait_state nightly failed
