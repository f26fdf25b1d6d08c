sed -i 's/connect_timeout/connect_timout/' /etc/envoy/envoy.yaml
systemctl restart envoy || :
wait_state envoy failed
