#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Completion of npv-mgr in bash, with an npv-mgr that knows a few objects.
# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

if ! command -v bash > /dev/null; then
	skip "completion" "no bash"
	tap_end
fi

mkdir "$work/bin"
cat > "$work/bin/npv-mgr" << 'END'
#!/bin/sh
[ "$1" != -n ] || { [ "$2" = blue ] || exit 3; shift 2; }
case $* in
"-j session") echo '[{"id":12,"kind":"plain"},{"id":13,"native-id":"0123"}]' ;;
"-j endpoint show named") echo '[{"id":3,"address":"10.0.0.1"}]' ;;
"-j profile") echo '[{"name":"auto"},{"name":"bulk"},{"name":"my.own-1"}]' ;;
"-j rule") echo '[{"id":40,"profile":"auto"}]' ;;
"-j scheduler") echo '[{"name":"minrtt"},{"name":"weighted"}]' ;;
"-j stats") echo '{"session-open":1,"race-win-ipv6":2}' ;;
*) exit 1 ;;
esac
END
chmod 755 "$work/bin/npv-mgr"

cat > "$work/complete" << 'END'
. "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_npv_mgr
printf '%s\n' "${COMPREPLY[*]}"
END

# completes WANT WORD...: the last word is the one at the cursor
completes()
{
	completes_want=$1
	shift
	is "npv-mgr $*" "$(PATH=$work/bin:$PATH bash "$work/complete" \
		"$top/userspace/mgr/completion/npv-mgr" npv-mgr "$@" 2>&1)" "$completes_want"
}

completes "info session stack endpoint profile rule plan peer scheduler stats monitor save restore help" ""
completes "profile plan peer" p
completes "-n" -n
completes "--netns" --n
completes "show set del kill help" session ""
completes "show set" prof s
completes "show add set replace del flush help" -j rule ""
completes "12 13" session kill ""
completes "12 13" sess del 1
completes "scheduler profile pinned" session set 12 ""
completes "minrtt" session set 12 scheduler m
completes "auto bulk my.own-1 auto-by-rules" session set 12 profile ""
completes "on off" session set 12 pinned ""
completes "12 13" -n blue session kill ""
completes "" -n red session kill ""
completes "3" endpoint set ""
completes "cost weight backup metered disabled max-rate" endpoint set 3 ""
completes "on off" endpoint set 3 metered ""
completes "" endpoint set 3 cost ""
completes "weight" endpoint set 3 cost 5 w
completes "lo" endpoint add dev lo
completes "named" endpoint show n
completes "my.own-1" profile set m
completes "no" profile set bulk n
completes "tcp temporary" profile set bulk no t
completes "prefer prohibit" profile add x tcp pr
completes "prefer prohibit" profile add x interface eth0 pr
completes "avoid" profile add x metered av
completes "like" profile add x l
completes "bulk" profile add x like b
completes "disabled default" profile set bulk multipath d
completes "40" rule del ""
completes "root" rule add uid roo
completes "stream seqpacket" rule add type s
completes "auto bulk my.own-1" rule add uid 0 profile ""
completes "port policy" plan show to 10.0.0.1 po
completes "12 13" plan show session ""
completes "session-open race-win-ipv6" stats show ""
completes "plain native" peer set ::1 kind ""
completes "$work/bin" save "$work/bi"
completes "$work/bin" -b "$work/bi"

# offers LEFT_OUT COMMAND...: every word that npv-mgr itself knows there, for it lists
# them when it complains, without those LEFT_OUT by either
offers()
{
	offers_not=$1
	shift
	"$build/bin/npv-mgr" "$@" npv-no-such-word 2>&1 | sed 's/.*there are: //' |
		tr ' ' '\n' | grep -vxE "$offers_not" | sort > "$work/known"
	PATH=$work/bin:$PATH bash "$work/complete" \
		"$top/userspace/mgr/completion/npv-mgr" npv-mgr "$@" "" | tr ' ' '\n' |
		grep -vxE "$offers_not" | sort > "$work/offered"
	succeeds "all words of $*" diff "$work/known" "$work/offered"
}

offers none endpoint add cost 1
offers none endpoint set 1
offers none profile add x
offers 'no|like' profile set x
offers id rule add port 1
offers no rule set 1
offers dest plan show port 1

tap_end
