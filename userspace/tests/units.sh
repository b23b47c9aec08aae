#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Parts of libnpv, npv-mgr and npv-run by themselves, built with the sanitizers.
# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

nested decode "$tests/decode_test"
nested request "$tests/request_test"
nested emit "$tests/emit_test"
nested policy "$tests/policy_test"
nested names "$tests/names_test"

# 20,000 strings of random bytes: a real parser takes every line
"$tests/emit_test" noise > "$work/noise"
# shellcheck disable=SC2016 # python's, not ours
succeeds "emitter: JSON of random bytes" /usr/bin/python3 -c '
import json, sys
lines = open(sys.argv[1], encoding="utf-8", errors="strict").read().split("\n")
assert lines.pop() == "" and len(lines) == 20000, len(lines)
for line in lines:
    json.loads(line)
' "$work/noise"

# Names in names.c are those of the specification
cat > "$work/names.c" <<END
#include <stdio.h>
#include "libnpv.h"
#define LIST(what, first) do {						\
	for (unsigned int i = first; i < 100; i++)			\
		if (npv_##what##_name(i))				\
			printf(#what " %u %s\n", i, npv_##what##_name(i)); \
} while (0)
int main(void)
{
	LIST(kind, 0);
	LIST(state, 0);
	LIST(reason, 0);
	LIST(stack_status, 0);
	LIST(peer_verdict, 0);
	LIST(transport, 0);
	LIST(network, 0);
	LIST(socket_type, 1);
	LIST(tcp_state, 1);
	LIST(session_mode, 0);
	LIST(preference, 0);
	LIST(multipath, 0);
	LIST(multipath_policy, 0);
	LIST(capacity, 0);
	LIST(link_type, 0);
	LIST(metric, 1);
	LIST(role, 0);
	LIST(plan_reason, 0);
	LIST(stats, 1);
	LIST(event, 1);
	return 0;
}
END
${CC:-gcc} -I"$top/uapi" -I"$top/userspace/lib" -o "$work/names" "$work/names.c" \
	"$build/lib/libnpv.a" -lmnl && "$work/names" > "$work/names.out"
if /usr/bin/python3 -c 'import yaml' 2> /dev/null; then
	succeeds "names are those of the specification" /usr/bin/python3 -c '
import sys, yaml
spec = yaml.safe_load(open(sys.argv[1]))
want = []
for d in spec["definitions"]:
    for i, e in enumerate(d["entries"]):
        name = e if isinstance(e, str) else e["name"]
        value = 1 << i if d["type"] == "flags" else d.get("value-start", 0) + i
        want.append("%s %d %s" % (d["name"].replace("-", "_"), value, name))
stats = next(s for s in spec["attribute-sets"] if s["name"] == "stats")
want += ["stats %d %s" % (i + 1, a["name"]) for i, a in enumerate(stats["attributes"])]
for i, op in enumerate(spec["operations"]["list"]):
    if "event" in op:
        want.append("event %d %s" % (i + 1, op["name"].removesuffix("-ntf")))
got = open(sys.argv[2]).read().split("\n")[:-1]
for line in sorted(set(want) ^ set(got)):
    print(line, "(missing)" if line in want else "(too much)")
sys.exit(set(want) != set(got))
' "$top/Documentation/netlink/specs/npv.yaml" "$work/names.out"
else
	skip "names are those of the specification" "no python3-yaml"
fi

# What the libraries show to programs
is "the preload exports what it interposes only" \
	"$(nm -D --defined-only "$build/lib/libnpv-run.so" | sed 's/.* //' | sort | tr '\n' ' ')" \
	"connect getaddrinfo socket "
is "the preload needs libc only" \
	"$(readelf -d "$build/lib/libnpv-run.so" | grep NEEDED | sed 's/.*\[//; s/\]//')" \
	"libc.so.6"
nm -D --defined-only "$build/lib/libnpv.so.0" | sed -n 's/.* T \(.*\)@@LIBNPV_0/\1/p' |
	sort > "$work/exported"
grep -o '\bnpv_[a-z_]*(' "$top/userspace/lib/libnpv.h" | tr -d '(' | sort -u |
	grep -v '^npv_[a-z]*_cb$' > "$work/declared"
succeeds "libnpv exports what its header declares" \
	diff "$work/declared" "$work/exported"

tap_end
