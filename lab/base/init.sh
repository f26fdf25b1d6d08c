#!/bin/sh
# The first process of a host: gives it what the container manager keeps back,
# then becomes systemd.
set -eu

# Limits of services on memory and processor need writable controllers; the cgroup
# namespace keeps every other host's groups out of sight.
for controller in memory cpu; do
    if [ -e "/sys/fs/cgroup/$controller/cgroup.procs" ]; then
        mount -o remount,bind,rw "$(readlink -f "/sys/fs/cgroup/$controller")"
    fi
done

ip link set lo up
ip link set host0 name eth0
ip address add 192.0.2.10/24 dev eth0
ip link set eth0 up
ip route add default via 192.0.2.1

exec /lib/systemd/systemd
