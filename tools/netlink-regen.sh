#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Generate the netlink header and policies from Documentation/netlink/specs/
# with the kernel's own generator.
#
#   tools/netlink-regen.sh          write the files
#   tools/netlink-regen.sh --check  compare only; exit 1 where they differ
#
# KSRC names the kernel source; default: the one that tools/lab/lab fetched.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
ksrc=${KSRC:-$("$top/tools/lab/lab" source)}
spec=Documentation/netlink/specs/npv.yaml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The generator looks for the top of a kernel tree (MAINTAINERS) above the
# spec and for its schema beside the specs folder: give it both.
mkdir -p "$work/Documentation/netlink/specs" "$work/include/uapi/linux" "$work/kernel"
: > "$work/MAINTAINERS"
cp "$ksrc"/Documentation/netlink/*.yaml "$work/Documentation/netlink/"
cp "$top/$spec" "$work/$spec"

gen()
{
	(cd "$work" && PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 \
		"$ksrc/tools/net/ynl/ynl-gen-c.py" --spec "$spec" \
		--mode "$1" "$2" -o "$3" > /dev/null)
}

gen uapi --header include/uapi/linux/npv_netlink.h
gen kernel --header kernel/netlink_gen.h
gen kernel --source kernel/netlink_gen.c

groups=$(grep -c '^	NPV_NLGRP_[A-Z]*,$' "$work/kernel/netlink_gen.h")

# In the kernel tree the headers lie elsewhere. The flag uns-admin-perm exists
# in the schema genetlink-legacy only, for which the generator leaves struct
# genl_family to kernel/netlink.c: let that file see the multicast groups. These
# tell of every user's sessions as they happen, which is for administrators.
sed -i -e 's|#include <uapi/linux/npv_netlink.h>|#include "../uapi/linux/npv_netlink.h"|' \
	-e 's|^static \(const struct genl_multicast_group npv_nl_mcgrps\)|\1|' \
	-e 's|{ "\([a-z]*\)", }|{ "\1", .flags = GENL_MCAST_CAP_NET_ADMIN, }|' \
	-e "s|^\(extern const struct genl_split_ops .*\)|\1\nextern const struct genl_multicast_group npv_nl_mcgrps[$groups];|" \
	"$work/kernel/netlink_gen.c" "$work/kernel/netlink_gen.h"

status=0
for pair in include/uapi/linux/npv_netlink.h:uapi/linux/npv_netlink.h \
	    kernel/netlink_gen.h:kernel/netlink_gen.h \
	    kernel/netlink_gen.c:kernel/netlink_gen.c; do
	new=$work/${pair%%:*}
	old=$top/${pair##*:}
	if [ "${1:-}" = --check ]; then
		cmp -s "$new" "$old" && continue
		echo "${pair##*:}: differs from what $spec gives; run tools/netlink-regen.sh" >&2
		diff -u "$old" "$new" >&2 || true
		status=1
	else
		cp "$new" "$old"
	fi
done
exit $status
