# Boots one host and stays until it ends; ends it when told to (SIGTERM, also
# sent by the kernel when the lab dies). Runs in its own mount namespace, so the
# mounts vanish with it, and in its own network namespace, which is the host's
# outside world: the router 192.0.2.1 and every other machine on 192.0.2.0/24.
#
# Environment: LAB_NAME, LAB_BASE, LAB_SCENARIO, LAB_LIB, LAB_INIT (text of the first process),
# LAB_GATEWHY (may be empty), LAB_URL_HOST (may be empty), NOTIFY_SOCKET.
set -eu

world=/run/systemd/nspawn
root=$world/root

cgroup_parents() {
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
        echo /sys/fs/cgroup
        return
    fi
    for controller in memory cpu pids systemd unified; do
        if [ -e "/sys/fs/cgroup/$controller/cgroup.procs" ]; then
            echo "/sys/fs/cgroup/$controller"
        fi
    done
}

members() {
    for parent in $(cgroup_parents); do
        find "$parent/$LAB_NAME" -name cgroup.procs -exec cat {} + 2>/dev/null || :
    done | sort -u
}

clean_up() {
    trap '' TERM INT
    for _ in $(seq 1 100); do
        left=$(members)
        [ -n "$left" ] || break
        # shellcheck disable=SC2086
        kill -KILL $left 2>/dev/null || :
        sleep 0.02
    done
    for parent in $(cgroup_parents); do
        find "$parent/$LAB_NAME" -depth -type d -exec rmdir {} \; 2>/dev/null || :
    done
    rm -f "$NOTIFY_SOCKET"
}
trap clean_up EXIT
trap 'exit 143' TERM INT

mkdir -p "$world"
mount -t tmpfs -o mode=0755 lab "$world"
mkdir "$world/upper" "$world/work" "$root"
mount -t overlay lab -o "lowerdir=$LAB_BASE,upperdir=$world/upper,workdir=$world/work" "$root"

if [ -d "$LAB_SCENARIO/files" ]; then
    cp -a --no-preserve=ownership "$LAB_SCENARIO/files/." "$root/"
fi
if [ -n "$LAB_URL_HOST" ]; then
    printf '127.0.0.1\t%s\n' "$LAB_URL_HOST" >>"$root/etc/hosts"
fi
printf '%s' "$LAB_INIT" >"$root/lab/init"
chmod 755 "$root/lab/init"
cp -r "$LAB_LIB" "$root/lab/lib"
if [ -n "$LAB_GATEWHY" ]; then
    touch "$root/usr/local/bin/gatewhy"
fi

# The lab's network: a switch, and the router's address on it.
ip link set lo up
ip link add lan type bridge stp_state 0 forward_delay 0
ip address add 192.0.2.1/24 dev lan
ip link set lan up

for parent in $(cgroup_parents); do
    mkdir -p "$parent/$LAB_NAME/world"
done

# Other machines: programs of the scenario that run out here, where the host sees
# them over the network only. They use its files, and see the lab's processes.
if [ -e "$LAB_SCENARIO/world.sh" ]; then
    view=$world/view
    mkdir "$view"
    mount --bind "$root" "$view"
    mount -t proc proc "$view/proc"
    mount --rbind /dev "$view/dev"
    mount --bind "$LAB_SCENARIO" "$view/lab/scenario"
    (
        trap - TERM INT EXIT
        for parent in $(cgroup_parents); do
            echo "$BASHPID" >"$parent/$LAB_NAME/world/cgroup.procs"
        done
        exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
            timeout --kill-after=1 30 chroot "$view" bash -euo pipefail -c '
                for part in /lab/lib/*.sh; do . "$part"; done; . /lab/scenario/world.sh'
    ) </dev/null
fi

# Only the container's supervisor goes into the new control groups, never this
# shell: version 2 allows no processes beside child groups.
(
    trap - TERM INT EXIT
    for parent in $(cgroup_parents); do
        echo "$BASHPID" >"$parent/$LAB_NAME/cgroup.procs"
    done
    # A host has no system call filter around it, and owns its network settings.
    export SYSTEMD_SECCOMP=0 SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
    exec systemd-nspawn --quiet --register=no --keep-unit --notify-ready=yes \
        --machine="$LAB_NAME" --hostname=web1 --directory="$root" \
        --private-network --network-bridge=lan --capability=all \
        --bind=/dev/kmsg \
        --bind-ro="$LAB_SCENARIO:/lab/scenario" \
        ${LAB_GATEWHY:+--bind-ro="$LAB_GATEWHY:/usr/local/bin/gatewhy"} \
        --console=pipe --link-journal=no --resolv-conf=off --timezone=off \
        /lab/init
) </dev/null &
wait "$!"
