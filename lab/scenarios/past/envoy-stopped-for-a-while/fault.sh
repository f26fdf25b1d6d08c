out_and_back 4
sleep 11 # so late Envoy writes what it logs
