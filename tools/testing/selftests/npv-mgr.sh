#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 300
#
# npv-mgr and the policy that the kernel has: objects as they are told, changed and
# shown; batches that count all or nothing; what is saved is what is restored; exit
# status and the kernel's words.

. "$(dirname "$0")/lib.sh"

host left
host right
link path 4 left right v4

mgr()
{
	on left npv-mgr "$@"
}

# status_of WANT PATTERN COMMAND...: exit status, and what is said on stderr
status_of()
{
	local want=$1 pattern=$2 got

	shift 2
	mgr "$@" > "$WORK/stdout" 2> "$WORK/stderr"
	got=$?
	# shellcheck disable=SC2254 # a pattern is wanted
	case "$got $(cat "$WORK/stderr")" in
	"$want "$pattern)
		pass "$* ends with $want" ;;
	*)
		fail "$* ends with $want"
		note "got $got: $(cat "$WORK/stderr")" ;;
	esac
}

# shows NAME OBJECT WANT WHICH: what is shown of some objects
shows()
{
	test_equal "$1" "$(mgr "$2" show "$4")" "$3"
}

# Endpoints
test_equal "a new endpoint has a number" "$(mgr -j endpoint add 10.0.4.1 cost 5 | jq .id)" 1
test_that "endpoint add with its number" mgr endpoint add id 7 dev path metered on max-rate 10mbit
shows "endpoints are shown" endpoint "endpoint 1 10.0.4.1 cost 5 weight 100
endpoint 7 dev path weight 100 metered on max-rate 10mbit" named
test_that "endpoint set" mgr endpoint set 7 backup on metered off max-rate 0 weight 3
shows "... changes what it says" endpoint "endpoint 1 10.0.4.1 cost 5 weight 100
endpoint 7 dev path weight 3 backup on" named
test_that "... for those that are found" \
	grep -qE '^endpoint 2147483[0-9]{3} 10.0.4.1 dev path cost 5 weight 100 up .* as 1$' \
	<(mgr endpoint show found)
status_of 1 '?*' endpoint add id 7 10.0.4.1
status_of 3 '?*' endpoint set 8 cost 1
status_of 3 '?*' endpoint del 8

# Profiles
test_that "there are profiles" [ "$(mgr profile show | grep -c ' builtin')" -ge 7 ]
test_that "profile add" mgr profile add work tcp prefer interface 'wlan*' avoid suspect 2s max-rate 1gbit
test_that "profile add like another" mgr profile add more like work no tcp stacks 3
test_that "profile add like one of the module's" mgr profile add mine like bulk
shows "profiles are shown" profile "profile work tcp prefer interface wlan* avoid suspect 2s max-rate 1gbit" work
shows "... and what was taken back is not there" profile "profile more interface wlan* avoid stacks 3 suspect 2s max-rate 1gbit" more
test_that "profile set" mgr profile set work udp prohibit suspect default no interface
shows "... changes what is named" profile "profile work tcp prefer udp prohibit max-rate 1gbit" work
test_that "profile replace" mgr profile replace more mode plain
shows "... changes all" profile "profile more mode plain" more
status_of 1 '?*' profile add work
status_of 1 '?*' profile set auto stacks 2
status_of 1 '?*' profile del auto
status_of 3 '?*' profile set none stacks 2
status_of 3 '?*' profile show none
status_of 3 '?*' profile add x like none
status_of 2 '?*' profile add 'a b'
status_of 3 '?*' profile add x scheduler none

# Rules
test_equal "a new rule has a number" "$(mgr -j rule add uid root to 10.0.0.0/8 port 80-90 profile work | jq '.id > 0')" true
test_that "rule add with its number" mgr rule add id 5000 priority 7 gid 5-6 comm curl \
	type stream name '*.example.org' capacity scavenger policy handover profile more
test_that "rules are in their order" [ "$(mgr -j rule show | jq -c 'map(.priority)')" = "[7,1000]" ]
test_equal "a rule is shown" "$(mgr rule show | head -n 1)" \
	"rule 5000 priority 7 gid 5-6 comm curl type stream name *.example.org capacity scavenger policy handover profile more hits 0"
test_that "rule set" mgr rule set 5000 no gid no comm to fd00::/16 priority 2000
test_equal "... changes what is named" "$(mgr rule show | tail -n 1)" \
	"rule 5000 priority 2000 type stream to fd00::/16 name *.example.org capacity scavenger policy handover profile more hits 0"
status_of 1 '?*' profile del more
status_of 3 '?*' rule add profile none
status_of 1 '?*' rule add id 5000 profile work
status_of 3 '?*' rule set 9 port 1
status_of 3 '?*' rule del 9
cgroup=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
if [ -z "$cgroup" ]; then
	mkdir -p "$WORK/cgroup" && mount -t cgroup2 none "$WORK/cgroup" && cgroup=$WORK/cgroup
fi
if [ -n "$cgroup" ] && mkdir -p "$cgroup/npv-test/below"; then
	test_that "rule add of a control group" mgr rule add id 6000 cgroup /npv-test/below profile work
	test_equal "... which is shown by its path" \
		"$(mgr rule show | grep -o '^rule 6000.*cgroup [^ ]*')" \
		"rule 6000 priority 1000 cgroup /npv-test/below"
	test_equal "... and its id" "$(mgr -j rule show | jq '.[] | select(.id == 6000).cgroup')" \
		"$(stat -c %i "$cgroup/npv-test/below")"
	test_that "... by its full path" mgr rule set 6000 cgroup "$cgroup/npv-test"
	rmdir "$cgroup/npv-test/below" "$cgroup/npv-test"
	test_that "... by its id where it is gone" \
		grep -q '^rule 6000 priority 1000 cgroup-id [0-9]* profile' <(mgr rule show)
	mgr rule del 6000
else
	skip "no control groups" "rule add of a control group"
fi

# All or nothing
mgr rule show > "$WORK/rules"
policy=$(mgr -j info | jq .policy)
printf 'profile add temp\nrule add profile temp\nrule add profile none\n' > "$WORK/batch"
status_of 3 "*batch:3: rule: ?*" -b "$WORK/batch"
test_that "a batch that fails changes nothing" diff "$WORK/rules" <(mgr rule show)
status_of 3 '?*' profile show temp
test_equal "... and is no new policy" "$(mgr -j info | jq .policy)" "$policy"
sed -i '$d' "$WORK/batch"
test_that "a batch that doesn't" mgr -b "$WORK/batch"
test_equal "... is one change" "$(mgr -j info | jq .policy)" $((policy + 1))
printf 'profile set temp stacks 2\nprofile set temp mode plain\n' > "$WORK/batch"
test_that "a batch sees its own changes" mgr -b "$WORK/batch"
shows "... and keeps them" profile "profile temp mode plain stacks 2 rules 1" temp
printf 'profile del none\nprofile add forced\nsession kill 1\n' > "$WORK/batch"
status_of 3 "*batch:1: *batch:3: *" -f -b "$WORK/batch"
test_that "what is forced is done as far as it goes" mgr profile show forced

# Save and restore
test_that "save" mgr save "$WORK/saved"
test_that "restore of the same" mgr restore "$WORK/saved"
test_that "... changes nothing" diff "$WORK/saved" <(mgr save)
mgr rule flush && mgr profile flush && mgr endpoint flush
test_equal "flush leaves nothing" "$(mgr save | grep -cv '^#')" 0
test_that "restore" mgr restore "$WORK/saved"
test_that "... of all" diff "$WORK/saved" <(mgr save)
test_that "save into a pipe, restore from one" sh -c \
	'ip netns exec left npv-mgr save | ip netns exec right npv-mgr restore'
test_that "... of another namespace" diff "$WORK/saved" <(on right npv-mgr save)

# Changes by others, all the time
changes()
{
	while :; do
		mgr endpoint set 7 cost $((RANDOM % 100))
	done
}
spawn changes
test_that "restore while others make changes" mgr restore "$WORK/saved"
stop "$spawned"

# What happens is told
spawn on left npv-mgr -j monitor > "$WORK/events"
changed()
{
	mgr endpoint set 7 cost 1
	grep -q '"event":"policy-change","policy":[0-9]' "$WORK/events"
}
test_that "a change of the policy is told" wait_for changed

# Only who may
on left setpriv --reuid 1000 --clear-groups "$(command -v npv-mgr)" profile add x 2> "$WORK/stderr"
test_equal "others may not change it" "$?" 1
test_that "... but look" on left setpriv --reuid 1000 --clear-groups "$(command -v npv-mgr)" rule show
tap_end
