#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Man pages: no complaint by mandoc or man, every option described.
# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

man=$top/Documentation/man
for page in npv-run.1 npv.7 $(cd "$man" && echo npv-mgr*.8); do
	if command -v mandoc > /dev/null; then
		mandoc -T lint -W warning "$man/$page" > "$work/lint" 2>&1
		is "$page: mandoc" "$(cat "$work/lint")" ""
	else
		skip "$page: mandoc" "no mandoc"
	fi
	if command -v man > /dev/null; then
		LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l "$man/$page" \
			2> "$work/warnings" > "$work/page"
		is "$page: man" "$(cat "$work/warnings")" ""
	else
		skip "$page: man" "no man"
	fi
done

# described NAME PAGE WORD...: each of the words is in the page
described()
{
	described_name=$1
	described_page=$2
	shift 2
	missing=
	tr -d '\\' < "$man/$described_page" > "$work/plain"
	for word; do
		grep -qF -e "$word" "$work/plain" || missing="$missing $word"
	done
	is "$described_name" "$missing" ""
}

# shellcheck disable=SC2046 # words are wanted
described "npv(7): all constants of the header" npv.7 \
	$(grep -o '^#define NPV_[A-Z_]*\|^#define SOL_NPV' "$top/uapi/linux/npv.h" | sed 's/.* //')
# shellcheck disable=SC2046
described "npv(7): all members of the structs" npv.7 \
	$(grep -o '\bnpv[is]_[a-z_0-9]*\|\bsnpv_[a-z_]*' "$top/uapi/linux/npv.h" | sort -u)
described "npv(7): sysctls" npv.7 attempt_delay_ms first_family_count history_ttl listen_twin \
	mode port hello_wait peer_ttl stacks_max reconnect_timeout
# shellcheck disable=SC2046
described "npv(7): all counters" npv.7 \
	$(sed -n 's/^.*= "\([a-z0-9-]*\)",$/\1/p' "$top/userspace/lib/names.c" | sed -n '/^session-open/,/^offer-late/p')
described "npv-run(1): options" npv-run.1 "Fl -no-names" "Fl -strict" "Fl -verbose" "Fl -help" "Fl -version" 125 126 127
described "npv-mgr(8): options" npv-mgr.8 "Fl -json" "Fl -pretty" "Fl -netns" "Fl -batch" \
	"Fl -force" "Fl -help" "Fl -version" "Cm save" "Cm restore" "Cm info"

# Every object has a page, which has all its commands, and the words that npv-mgr lists
# when it complains
mgr=$build/bin/npv-mgr
for object in session stack endpoint profile rule plan peer scheduler stats monitor; do
	described "npv-mgr(8): $object" npv-mgr.8 "Cm $object" "Xr npv-mgr-$object 8"
	[ $object != monitor ] || continue
	for verb in $("$mgr" $object help | awk '{ print $4 }'); do
		described "npv-mgr-$object(8): $verb" npv-mgr-$object.8 "Cm $verb"
	done
done
words()
{
	"$mgr" "$@" npv-no-such-word 2>&1 | sed 's/.*there are: //' | tr ' ' '\n'
}
for command in "endpoint add cost 1" "profile add x" "rule add port 1" "plan show port 1"; do
	object=${command%% *}
	# shellcheck disable=SC2086 # words are wanted
	for word in $(words $command); do
		tr -d '\\' < "$man/npv-mgr-$object.8" | grep -qE "(Cm|[|]) ([a-z0-9-]+ [|,] )*$word( |$)" ||
			echo "$word"
	done > "$work/missing"
	is "npv-mgr-$object(8): all words" "$(cat "$work/missing")" ""
done

# The example in npv(7) is a program
awk '/^\.Sh EXAMPLES/ { here = 1 }
     /^\.Ed/ { code = 0 }
     code
     here && /^\.Bd/ { code = 1 }' "$man/npv.7" | sed 's/\\e/\\/g' > "$work/example.c"
succeeds "npv(7): the example compiles" \
	"${CC:-gcc}" -Wall -Wextra -Werror -I"$top/uapi" -o "$work/example" "$work/example.c"

tap_end
