upstream_registry
verdaccio_up '    timeout: 1s
    max_fails: 100
    maxage: 0s'
