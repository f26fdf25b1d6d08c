name_server 'address=/invoices.internal/192.0.2.10'
gone() { for _ in 1 2 3 4 5 6; do [ "$(status http://api.test/)" = 502 ] || return 1; done; }
eventually gone
