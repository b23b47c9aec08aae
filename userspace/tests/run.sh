#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# npv-run and its preload, without the module.
# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

run=$build/bin/npv-run
preload=$build/lib/libnpv-run.so
sockets=$tests/sockets
unset NPV_RUN LD_PRELOAD

# Sanity: what follows is about hosts without the module
if [ -d /sys/module/npv ]; then
	module=loaded
else
	module=
fi

# Command line
is "help" "$(status "$run" --help)" 0
like "help goes to stdout" "$(cat "$work/stdout")" "Usage: npv-run *"
is "version" "$(status "$run" -V)" 0
is "no program" "$(status "$run")" 125
is "unknown option" "$(status "$run" --bogus true)" 125
is "program not found" "$(status "$run" no-such-program-anywhere)" 127
like "... and says so" "$(cat "$work/stderr")" "*can't run no-such-program-anywhere: No such file*"
is "path not found" "$(status "$run" /nowhere/prog)" 127
echo data > "$work/data"
is "not executable" "$(status "$run" "$work/data")" 126
is "a folder" "$(status "$run" /tmp)" 126
printf '#!/no/such/interpreter\n' > "$work/script"
chmod +x "$work/script"
is "script without its interpreter" "$(status "$run" "$work/script")" 126
like "... and says so" "$(cat "$work/stderr")" "*interpreter*missing*"
is "exit status is the program's" "$(status "$run" sh -c 'exit 42')" 42
is "killed by a signal as the program was" \
	"$(status sh -c "'$run' sh -c 'kill -TERM \$\$'")" 143

# Arguments arrive as they are
is "quoting" "$("$run" printf '[%s]' 'a b' '' '$HOME' '"' "it's" '*' '-v' '--' 2> /dev/null)" \
	"[a b][][\$HOME][\"][it's][*][-v][--]"
is "options behind the program are the program's" "$("$run" echo -v --strict 2> /dev/null)" \
	"-v --strict"
is "-- ends the options" "$("$run" -- echo -n x 2> /dev/null)" x

# LD_PRELOAD
is "LD_PRELOAD set" "$("$run" sh -c 'echo $LD_PRELOAD' 2> /dev/null)" "$preload"
is "LD_PRELOAD kept" \
	"$(LD_PRELOAD="$tests/early.so" "$run" sh -c 'echo $LD_PRELOAD' 2> /dev/null)" \
	"$preload:$tests/early.so"
is "LD_PRELOAD of two kept" \
	"$(LD_PRELOAD="$tests/early.so libm.so.6" "$run" sh -c 'echo $LD_PRELOAD' 2> /dev/null)" \
	"$preload:$tests/early.so libm.so.6"
is "LD_PRELOAD that is empty" "$(LD_PRELOAD='' "$run" sh -c 'echo $LD_PRELOAD' 2> /dev/null)" \
	"$preload"
is "found through a symbolic link" \
	"$(ln -s "$run" "$work/link" && "$work/link" sh -c 'echo $LD_PRELOAD' 2> /dev/null)" \
	"$preload"
mkdir -p "$work/alone/bin"
cp "$run" "$work/alone/bin"
if [ -e /usr/lib/npv/libnpv-run.so ]; then
	skip "preload missing" "npv is installed here"
else
	is "preload missing" "$(status "$work/alone/bin/npv-run" true)" 125
	like "... and says where it looked" "$(tr '\n' ' ' < "$work/stderr")" \
		"*not found; looked for*$work/alone/bin/../lib/libnpv-run.so*/usr/lib/npv/libnpv-run.so*"
fi
mkdir -p "$work/a b/bin" "$work/a b/lib"
cp "$run" "$work/a b/bin"
cp "$preload" "$work/a b/lib"
is "a path that ld.so can't take" "$(status "$work/a b/bin/npv-run" true)" 125
like "... and says so" "$(cat "$work/stderr")" "*space or a colon*"

# Programs that can't be preloaded are run all the same
is "static program runs" "$(status "$run" "$tests/static" 2,1,0)" 0
like "... with a warning" "$(cat "$work/stderr")" "*statically linked*"
printf '#!%s\n' "$tests/static" > "$work/static-script"
chmod +x "$work/static-script"
"$run" "$work/static-script" > /dev/null 2> "$work/stderr"
like "script with a static interpreter: warning" "$(cat "$work/stderr")" \
	"*statically linked*"
if [ "$(id -u)" = 0 ]; then
	install -m 4755 -o nobody /bin/true "$work/setuid"
	is "set-uid program runs" "$(status "$run" "$work/setuid")" 0
	like "... with a warning" "$(cat "$work/stderr")" "*gains privileges*"
else
	skip "set-uid program" "not root"
fi
is "dynamic program: no such warning" \
	"$("$run" true 2>&1 | grep -c -e static -e privileges)" 0

if [ -n "$module" ]; then
	skip "the rest" "module npv is loaded"
	tap_end
fi

like "no module: warning with what to do" "$("$run" true 2>&1)" "*modprobe npv*"

# Fallback and errors
env="LD_PRELOAD=$preload"
is "falls back" "$("$run" "$sockets" 2,1,0 10,2,17 2> /dev/null | tr '\n' ';')" \
	"2,1,0 0 4242;10,2,17 0 4242;"
is "--strict does not" "$("$run" --strict "$sockets" 2,1,0 10,2,17 2> /dev/null | tr '\n' ';')" \
	"2,1,0 -1 97;10,2,17 -1 97;"
is "--strict leaves others alone" "$("$run" -s "$sockets" 1,1,0 2>/dev/null)" "1,1,0 0 4242"
"$run" -v "$sockets" 2,0x80001,6 1,1,0 > /dev/null 2> "$work/stderr"
like "-v tells" "$(cat "$work/stderr")" \
	"*npv-run: sockets?*?: socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 6) left alone, NPV failed with errno 97"
is "-v tells of ours only" "$(grep -c socket'(' "$work/stderr")" 1
is "-v is silent where stderr became another file" \
	"$("$run" -v sh -c "exec 2> '$work/other'; exec $sockets 2,1,0" 2>&1 > /dev/null | grep -c 'socket(')" 0
"$run" -v /usr/bin/python3 -c '
import os, socket, sys
r, w = os.pipe()
os.dup2(w, 2)
socket.socket()
os.set_blocking(r, False)
try:
    print(len(os.read(r, 100)))
except BlockingIOError:
    print("silent")' 2> /dev/null > "$work/stdout"
is "... and where the program itself replaced it" "$(cat "$work/stdout")" silent

"$sockets" all > "$work/without"
env "$env" "$sockets" all > "$work/with"
succeeds "every combination: result and errno as without" diff "$work/without" "$work/with"
is "threads" "$("$run" "$sockets" threads 2> /dev/null)" "done"
is "vfork" "$("$run" "$sockets" vfork 2> /dev/null)" "2,1,0 0 4242"
is "in a constructor" \
	"$(EARLY=1 LD_PRELOAD="$tests/early.so" "$run" "$sockets" 2,1,0 2> /dev/null | tail -n 2 | tr '\n' ';')" \
	"early 1;2,1,0 0 4242;"

# Names: what the preload tells NPV sockets, with a kernel and a resolver that are
# another preload
hosts='six.test=2001:db8::1,192.0.2.1,192.0.2.2 four.test=192.0.2.1,2001:db8::1,192.0.2.2'
hosts="$hosts one.test=192.0.2.5 many.test=192.0.2.11"
for i in 12 13 14 15 16 17 18 19; do
	hosts="$hosts,192.0.2.$i"
done

# names GOOD PYTHON [OPTION...]: the calls that it makes, a line
names()
{
	good=$1 program=$2
	shift 2
	LD_PRELOAD="$tests/fake.so" FAKE_HOSTS=$hosts FAKE_GOOD=$good \
		"$run" "$@" /usr/bin/python3 -c "import socket
$program" 9> "$work/calls" > "$work/stdout" 2> "$work/stderr"
	tr '\n' ';' < "$work/calls"
}

connects='socket.create_connection(("six.test", 80))'
all6='connect 2001:db8::1 ::ffff:192.0.2.1 ::ffff:192.0.2.2 port 80;'
is "a name, and all addresses to one connect()" "$(names 192.0.2.2 "$connects")" \
	"name six.test;$all6"
is "... not with --no-names" "$(names 192.0.2.2 "$connects" --no-names)" \
	"connect 2001:db8::1 port 80;connect ::ffff:192.0.2.1 port 80;connect ::ffff:192.0.2.2 port 80;"
is "none answers: the program goes through them, one by one" "$(names none "$connects")" \
	"name six.test;${all6}name six.test;connect ::ffff:192.0.2.1 port 80;name six.test;connect ::ffff:192.0.2.2 port 80;"
like "... and has its error" "$(cat "$work/stderr")" "*ConnectionRefusedError*"
is "a socket of AF_INET gets addresses of IPv4" \
	"$(names 192.0.2.2 'socket.create_connection(("four.test", 80))')" \
	"name four.test;connect ::ffff:192.0.2.1 ::ffff:192.0.2.2 port 80;"
is "seven addresses at most, the chosen one first" \
	"$(names 192.0.2.18 'list = socket.getaddrinfo("many.test", 80)
socket.socket().connect(list[3][4])')" \
	"name many.test;connect ::ffff:192.0.2.14 ::ffff:192.0.2.11 ::ffff:192.0.2.12 ::ffff:192.0.2.13 ::ffff:192.0.2.15 ::ffff:192.0.2.16 ::ffff:192.0.2.17 port 80;"
is "IPV6_V6ONLY: no IPv4" \
	"$(names 2001:db8::1 'list = socket.getaddrinfo("six.test", 80)
s = socket.socket(socket.AF_INET6)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
s.connect(list[0][4])')" "name six.test;connect 2001:db8::1 port 80;"
is "one address: just the name" "$(names 192.0.2.5 'socket.create_connection(("one.test", 80))')" \
	"name one.test;connect ::ffff:192.0.2.5 port 80;"
is "datagrams: just the name" \
	"$(names 2001:db8::1 'list = socket.getaddrinfo("six.test", 80)
socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).connect(list[0][4])
socket.create_connection(("six.test", 80))')" \
	"name six.test;connect 2001:db8::1 port 80;name six.test;$all6"
is "an address without a name is left alone" \
	"$(names 192.0.2.9 'socket.getaddrinfo("six.test", 80)
socket.socket().connect(("192.0.2.9", 80))')" "connect ::ffff:192.0.2.9 port 80;"
is "a socket that isn't of NPV is left alone" \
	"$(names 2001:db8::1 'list = socket.getaddrinfo("six.test", 80)
socket.socket(socket.AF_INET6, socket.SOCK_RAW, 17).connect(list[0][4])')" \
	"$([ "$(id -u)" = 0 ] && echo 'connect 2001:db8::1 port 80;')"
names 192.0.2.2 "$connects" -v > /dev/null
like "-v tells" "$(cat "$work/stderr")" \
	"*npv-run: python3?*?: connect(*): six.test, 3 addresses*"
is "a name that isn't found" "$(names none 'try:
    socket.getaddrinfo("nobody.test", 80)
except socket.gaierror as e:
    print(e.errno)')$(cat "$work/stdout")" "-2"

# Which sockets are turned, seen from the kernel. AF_ASH is 18.
if ! strace -o /dev/null true 2> /dev/null; then
	skip "system calls" "no strace, or no right to trace"
	tap_end
fi

# traced ARGS...: strace with the preload in the traced program alone
traced()
{
	strace -f -o "$work/trace" -E "$env" -E NPV_RUN="${npv_run-}" \
		-e trace=socket,setsockopt,close -e signal=none "$@"
}

traced "$sockets" all > /dev/null
cat > "$work/judge.py" <<'END'
import re, sys

# Every call of socket() by the program, in its order, with the calls it made
domains = [-1, 0, 1, 2, 10, 16, 17, 255]
types = [0, 1, 2, 3, 4, 5, 10, 15, 0x10, 0x1000001]
flags = [0, 0o2000000, 0o4000, 0o2004000]
protocols = [-1, 0, 1, 6, 17, 33, 58, 132, 136, 255, 262]
calls = iter([l for l in open(sys.argv[1]) if " socket(" in l])
turned = set()
for d in domains:
    for t in types:
        for f in flags:
            for p in protocols:
                line = next(calls)
                if "socket(AF_ASH" in line or "socket(0x12" in line:
                    turned.add((d, t, p))
                    assert ("CLOEXEC" in line) == bool(f & 0o2000000), line
                    assert ("NONBLOCK" in line) == bool(f & 0o4000), line
                    proto, = re.search(r", (\w+)\) *= -1 EAFNOSUPPORT", line).groups()
                    assert int(proto, 0) == d << 16 | p, line
                    line = next(calls)
                    assert "AF_INET" in line, line
                assert "AF_ASH" not in line, line
rest = [l for l in calls]
assert not rest, rest
want = {(d, t, p) for d in (2, 10) for t, ps in ((1, (0, 6)), (2, (0, 17))) for p in ps}
print(sorted(turned ^ want))
sys.exit(turned != want)
END
succeeds "turned: STREAM and DGRAM of AF_INET and AF_INET6 with their protocols, no other" \
	/usr/bin/python3 "$work/judge.py" "$work/trace"

# A kernel that plays along: the first socket() "works". Descriptors from 1000
# on never reach a real file.
inject="-e inject=socket:retval=1000:when=1"
# shellcheck disable=SC2086 # words are wanted
is "turned" "$(traced $inject "$sockets" 10,0x80801,6)" "10,526337,6 0 4242"
is "... with flags, family and protocol" \
	"$(grep -c "AF_ASH, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, \($((10 << 16 | 6))\|0xa0006\)) = 1000" "$work/trace")" 1
is "... and no other call" "$(grep -c -e ' socket(' -e ' setsockopt(' "$work/trace")" 1

# Errors of socket(): those that the real family would give as well are final
for err in EMFILE:24 ENFILE:23 ENOBUFS:105 ENOMEM:12; do
	is "${err%:*} is final" \
		"$(traced -e inject=socket:error=${err%:*}:when=1 "$sockets" 2,1,0)" \
		"2,1,0 -1 ${err#*:}"
	is "... without another try" "$(grep -c ' socket(' "$work/trace")" 1
done
for err in EPERM:1 EACCES:13 EAFNOSUPPORT:97 EPROTONOSUPPORT:93 ESOCKTNOSUPPORT:94 EINVAL:22; do
	is "${err%:*} falls back" \
		"$(traced -e inject=socket:error=${err%:*}:when=1 "$sockets" 2,1,0)" \
		"2,1,0 0 4242"
	is "${err%:*}, strict" \
		"$(npv_run=s traced -e inject=socket:error=${err%:*}:when=1 "$sockets" 2,1,0)" \
		"2,1,0 -1 ${err#*:}"
done

tap_end
