umask 077
d=
trap "rm -rf \"\$d\"" 0
trap "exit 1" 1 2 13 15
for t in /dev/shm "$XDG_RUNTIME_DIR" "$TMPDIR" /tmp /var/tmp "$HOME"; do
    [ -n "$t" ] && [ -d "$t" ] || continue
    d=$(mktemp -d "$t/gatewhy.XXXXXXXX" 2>/dev/null) || { d=; continue; }
    { printf "#\041/bin/sh\nexit 0\n" >"$d/gatewhy"; } 2>/dev/null &&
        chmod 700 "$d/gatewhy" && "$d/gatewhy" 2>/dev/null && break
    rm -rf "$d"
    d=
done
echo "gatewhy-here 1 $(uname -s) $(uname -m) $(id -u) ${d:-none}"
[ -n "$d" ] || exit 1
read -r n || exit 1
head -c "$n" >"$d/gatewhy" || exit 1
[ "$(wc -c <"$d/gatewhy")" -eq "$n" ] || exit 1
RUN "$d/gatewhy" far-side --remove
exit $?
