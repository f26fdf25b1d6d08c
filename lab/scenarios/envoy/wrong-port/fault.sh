sed -i 's/port_value: 3000/port_value: 3001/' /etc/envoy/envoy.yaml
envoy_up
