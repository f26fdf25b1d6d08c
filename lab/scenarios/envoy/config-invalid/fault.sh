sed -i 's/connect_timeout/connect_timout/' /etc/envoy/envoy.yaml
systemctl restart envoy || :
wait_gone 80
wait_log envoy connect_timout
