#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 600
#
# The netlink interface as npv-mgr, the kernel's own ynl cli and ss see it, with
# sessions between two namespaces. Run in the lab:
#
#	tools/lab/lab run tools/testing/selftests/netlink.sh
#
# Sessions are those of netlink.py, a program that runs under npv-run.
set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
# shellcheck source=tools/lab/netns.sh
. "$top/tools/lab/netns.sh"

work=$(mktemp -d)
chmod 755 "$work"
server=
# shellcheck disable=SC2317 # called by the trap
cleanup()
{
	[ -n "$server" ] && kill "$server" 2> /dev/null
	wait
	ip netns del "$LAB_LEFT" 2> /dev/null
	ip netns del "$LAB_RIGHT" 2> /dev/null
	rm -rf "$work"
}
trap cleanup EXIT

lab_two_hosts || exit 1
# Sessions are plain unless a case says otherwise
for host in "$LAB_LEFT" "$LAB_RIGHT"; do
	ip netns exec "$host" sysctl -qw net.npv.mode=0 || exit 1
done

# The ynl cli and its schema, laid out as it wants them. The source is that of
# the lab's kernels; without it these cases are skipped.
ksrc=${KSRC:-$("$top/tools/lab/lab" source 2> /dev/null)}
if [ -d "$ksrc/tools/net/ynl" ]; then
	mkdir -p "$work/netlink/specs"
	cp "$ksrc"/Documentation/netlink/*.yaml "$work/netlink/"
	cp "$top/Documentation/netlink/specs/npv.yaml" "$work/netlink/specs/"
	export YNL_CLI=$ksrc/tools/net/ynl/cli.py
	export YNL_SPEC=$work/netlink/specs/npv.yaml
fi

# For users who may not look into the tree
cp "$(command -v npv-mgr)" "$work/npv-mgr"
export MGR=$work/npv-mgr

# An ordinary server, of which NPV knows nothing: keeps what connects, sends a
# byte to each, and ends with its standard input
mkfifo "$work/ready" "$work/stop"
ip netns exec "$LAB_RIGHT" /usr/bin/python3 -c '
import selectors, socket, sys
sel = selectors.DefaultSelector()
sel.register(sys.stdin, selectors.EVENT_READ)
listener = socket.create_server(("::", 8080), family=socket.AF_INET6,
                                dualstack_ipv6=True)
sel.register(listener, selectors.EVENT_READ)
held = []
open(sys.argv[1], "w").write("ready\n")
while True:
    for key, _ in sel.select():
        if key.fileobj is sys.stdin:
            sys.exit()
        s = listener.accept()[0]
        s.send(b"x")
        held.append(s)
' "$work/ready" < <(cat "$work/stop") &
server=$!
exec 9> "$work/stop"
read -r _ < "$work/ready"

ip netns exec "$LAB_LEFT" npv-run /usr/bin/python3 "$here/netlink.py" 9>&-
status=$?

exec 9>&-
exit $status
