touch /run/slow
