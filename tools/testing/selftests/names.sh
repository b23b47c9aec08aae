#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# lab: --kernel lean --timeout 240
#
# Names: programs that look up a name and connect to what they find, under npv-run.
# The session knows the name, one connect() has all addresses, and an address that
# doesn't answer costs no timeout.

. "$(dirname "$0")/lib.sh"

# What is nearer to the client's 10.0.1.5 and fd00:1::5 getaddrinfo() tells first
HOLE4=10.0.1.4 HOLE6=fd00:1::4
GOOD4=10.0.1.20 GOOD6=fd00:1::20
SHUT4=10.0.1.7 SHUT6=fd00:1::7
py=$(dirname "$0")/names.py

host cl
host sv
link net 1 cl sv
for last in 4 7 20; do
	ip -n sv addr add 10.0.1.$last/24 dev net
	ip -n sv addr add fd00:1::$last/64 dev net nodad
done
ip -n cl addr flush dev net
ip -n cl addr add 10.0.1.5/24 dev net
ip -n cl addr add fd00:1::5/64 dev net nodad
on sv nft -f - << END
table inet t {
	chain in {
		type filter hook input priority 0;
		meta l4proto { tcp, udp } ip daddr $HOLE4 drop
		meta l4proto { tcp, udp } ip6 daddr $HOLE6 drop
		tcp flags & (syn | ack) == syn ip daddr $SHUT4 reject with tcp reset
		tcp flags & (syn | ack) == syn ip6 daddr $SHUT6 reject with tcp reset
	}
}
END

# What one case finds out is not to decide another
setting()
{
	on cl sh -c "echo $2 > /proc/sys/net/npv/$1"
}
setting history_ttl 0
setting peer_ttl 0

cat > "$WORK/hosts" << END
127.0.0.1 localhost
$HOLE6 mixed.test
$GOOD4 mixed.test
$HOLE4 four.test
$GOOD4 four.test
$HOLE6 bound.test
$GOOD6 bound.test
$GOOD4 bound.test
$SHUT6 shut.test
$SHUT4 shut.test
END

# on_named CMD...: on the client, where these names can be looked up; nobody else sees
# the mount
on_named()
{
	on cl unshare --mount --propagation private sh -c \
		'mount --bind "$0" /etc/hosts && exec "$@"' "$WORK/hosts" "$@"
}

# serve PORT [RUN]: a server of files, and of natives under npv-run
serve()
{
	local port=$1

	shift
	spawn on sv "$@" python3 -m http.server --bind :: --directory "$WORK" "$port" \
		> "$WORK/http.$port" 2>&1
	wait_for listening sv "$port" || note 'the server does not listen'
}

# connects [OPTION]... -- ARG...: of npv-run and names.py; what that says in $answer
connects()
{
	local options=()

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	answer=$(on_named npv-run "${options[@]}" python3 "$py" "$@" 2> "$WORK/err") ||
		note "$(cat "$WORK/err")"
}

# field NAME: of $answer
field()
{
	[[ " $answer " =~ " $1="([^ ]*)" " ]] && echo "${BASH_REMATCH[1]}"
}

# cases NAME: whatever the server answers
cases()
{
	note "$1"
	connects -- connect Mixed.Test 7000
	test_equal 'the first address is dead: connected' "$(field peer)" "::ffff:$GOOD4"
	test_between '... without a timeout' "$(field ms)" 0 1500
	test_equal '... by one connect()' "$(field connects)" 1
	test_equal '... with both addresses' "$(field candidates)" 2
	test_equal 'the session knows the name' "$(field name)" mixed.test

	connects -- connect four.test 7000
	test_equal 'a socket of AF_INET: connected' "$(field peer)" "$GOOD4"
	test_between '... without a timeout' "$(field ms)" 0 1500
	test_equal '... with both addresses' "$(field candidates)" 2

	connects -- connect mixed.test 7000 blocking
	test_equal 'a connect() that waits' "$(field peer)" "::ffff:$GOOD4"
	test_between '... without a timeout' "$(field ms)" 0 1500

	connects -- connect bound.test 7000 bound fd00:1::5
	test_equal 'bound to an address of IPv6: connected' "$(field peer)" "$GOOD6"
	test_between '... without a timeout' "$(field ms)" 0 1500
	test_equal '... with the addresses of IPv6' "$(field candidates)" 2

	connects -- connect shut.test 7000
	test_equal 'none answers: the program went through them' "$(field connects)" 2
	test_equal '... and has the error' "$(field error)" ECONNREFUSED
}

serve 7000
setting mode 0
cases 'plain'
setting mode 1
cases 'plain, the peer is asked first'

note 'native'
# The first address says nothing: the second is to be asked before that means anything
setting hello_wait 5000
on sv sh -c 'echo 1 > /proc/sys/net/npv/mode'
serve 7001 npv-run
connects -- connect mixed.test 7001
test_equal 'connected' "$(field peer)" "::ffff:$GOOD4"
test_between '... without a timeout' "$(field ms)" 0 1500
test_equal '... it is native' "$(field kind)" 2
test_equal 'the session knows the name' "$(field name)" mixed.test
setting hello_wait 50
setting mode 0

note '--no-names'
connects --no-names -- connect mixed.test 7000
test_equal 'the program goes through the addresses' "$(field connects)" 2
test_between '... and waits for the first' "$(field ms)" 2000 6000
test_equal '... no name is known' "$(field name)" ''

note 'curl'
on_named npv-run -v curl -s -S -o "$WORK/page" http://mixed.test:7000/hosts 2> "$WORK/err"
test_that 'it has the page' cmp "$WORK/page" "$WORK/hosts"
test_that '... of one connect() with both addresses' \
	grep -q 'connect([0-9]*): mixed.test, 2 addresses' "$WORK/err"

tap_end
