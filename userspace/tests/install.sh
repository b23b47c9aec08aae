#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# make install: complete, found where it is put, usable to build with.
# shellcheck source=userspace/tests/tap.inc
. "$(dirname "$0")/tap.inc"

dest=$work/root
succeeds "install" make -s -C "$top/userspace" BUILD="$build" install \
	DESTDIR="$dest" PREFIX=/usr
is "files" "$(cd "$dest" && find . ! -type d | sort | tr '\n' ' ')" \
	"./usr/bin/npv-run ./usr/include/libnpv.h ./usr/include/linux/npv.h ./usr/include/linux/npv_netlink.h ./usr/lib/libnpv.a ./usr/lib/libnpv.so ./usr/lib/libnpv.so.0 ./usr/lib/npv/libnpv-run.so ./usr/lib/pkgconfig/libnpv.pc ./usr/sbin/npv-mgr ./usr/share/bash-completion/completions/npv-mgr ./usr/share/man/man1/npv-run.1 ./usr/share/man/man7/npv.7 ./usr/share/man/man8/npv-mgr-endpoint.8 ./usr/share/man/man8/npv-mgr-monitor.8 ./usr/share/man/man8/npv-mgr-peer.8 ./usr/share/man/man8/npv-mgr-plan.8 ./usr/share/man/man8/npv-mgr-profile.8 ./usr/share/man/man8/npv-mgr-rule.8 ./usr/share/man/man8/npv-mgr-scheduler.8 ./usr/share/man/man8/npv-mgr-session.8 ./usr/share/man/man8/npv-mgr-stack.8 ./usr/share/man/man8/npv-mgr-stats.8 ./usr/share/man/man8/npv-mgr.8 "
is "npv-run finds the installed preload" \
	"$("$dest/usr/bin/npv-run" sh -c 'echo $LD_PRELOAD' 2> /dev/null)" \
	"$(realpath "$dest/usr/lib/npv/libnpv-run.so")"

cat > "$work/program.c" <<END
#include <errno.h>
#include <libnpv.h>
#include <linux/npv.h>
int main(void)
{
	struct npv *npv = npv_open();

	if (!npv)
		return errno == EAFNOSUPPORT && npv_family() > 0 ? 0 : 1;
	npv_close(npv);
	return 0;
}
END
if command -v pkg-config > /dev/null; then
	flags=$(PKG_CONFIG_SYSROOT_DIR=$dest PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 \
		PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 \
		PKG_CONFIG_PATH=$dest/usr/lib/pkgconfig pkg-config --cflags --libs libnpv)
	# shellcheck disable=SC2086 # words are wanted
	succeeds "a program builds with pkg-config's flags" \
		${CC:-gcc} -Wall -Werror -o "$work/program" "$work/program.c" $flags
	succeeds "... and runs" env LD_LIBRARY_PATH="$dest/usr/lib" "$work/program"
	if command -v g++ > /dev/null; then
		cp "$work/program.c" "$work/program.cc"
		# shellcheck disable=SC2086
		succeeds "... also as C++" g++ -Wall -Werror -o "$work/program" \
			"$work/program.cc" $flags
	else
		skip "... also as C++" "no g++"
	fi
else
	skip "pkg-config" "not installed"
fi
succeeds "uninstall" make -s -C "$top/userspace" BUILD="$build" uninstall \
	DESTDIR="$dest" PREFIX=/usr
is "nothing is left" "$(find "$dest" ! -type d)" ""

tap_end
