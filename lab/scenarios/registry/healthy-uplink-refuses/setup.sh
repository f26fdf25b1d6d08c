upstream_registry
verdaccio_up '    maxage: 0s'
