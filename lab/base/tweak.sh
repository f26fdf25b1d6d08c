# Runs once, on a freshly unpacked base ($1 is its root folder): makes the
# host boot in a fraction of a second, and start only what a scenario starts.
set -eu
root=$1

mask() {
    for unit in "$@"; do
        ln -sf /dev/null "$root/etc/systemd/system/$unit"
    done
}

# Nobody logs in, nothing runs by the clock, the lab itself sets up the network.
mask getty.target console-getty.service systemd-logind.service
mask systemd-networkd.service systemd-networkd.socket \
    systemd-networkd-wait-online.service systemd-resolved.service \
    systemd-timesyncd.service networking.service
mask systemd-udevd.service systemd-udev-trigger.service \
    systemd-update-utmp.service systemd-update-utmp-runlevel.service \
    systemd-firstboot.service ldconfig.service \
    systemd-journal-catalog-update.service systemd-hwdb-update.service \
    systemd-modules-load.service
for timer in "$root"/lib/systemd/system/*.timer; do
    mask "${timer##*/}"
done

# Servers are started by the scenarios that want them.
for unit in "$root"/etc/systemd/system/multi-user.target.wants/*.service; do
    case ${unit##*/} in
    nginx.service | php*-fpm.service | apache2.service | apache-htcacheclean.service | haproxy.service | caddy.service | lighttpd.service | varnish.service | varnishncsa.service | tomcat10.service | mariadb.service | dnsmasq.service | ssh.service | supervisor.service) rm -f "$unit" ;;
    esac
done

# PHP looks at a script again at every request, so that a fault is seen at once.
for folder in "$root"/etc/php/*/fpm/conf.d; do
    echo 'opcache.revalidate_freq=0' >"$folder/99-lab.ini"
done

echo web1 >"$root/etc/hostname"
printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n192.0.2.10\tweb1\n' >"$root/etc/hosts"
# 192.0.2.1 is the router of the lab's network. It runs no name server, and says so at once.
rm -f "$root/etc/resolv.conf"
echo 'nameserver 192.0.2.1' >"$root/etc/resolv.conf"
ln -sf /usr/share/zoneinfo/Etc/UTC "$root/etc/localtime"
: >"$root/etc/machine-id"
mkdir -p "$root/lab/scenario" "$root/var/log/journal"
# As Debian ships them: no site but the default one.
rm -rf "$root/var/log/nginx/"*.log "$root/var/log/apache2/"*.log
