# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Builds npv.ko for one of the lab's kernels, and what runs beside it.

# The module is built from a copy, for the objects of three kernels must not
# meet in one folder. Hard to see but needed: cp -p keeps the times, so that
# make rebuilds what changed and nothing else; files that went away go away.
module_sync()
{
	local dst=$1 dir

	mkdir -p "$dst"
	cp -p "$TOP/Kbuild" "$dst/Kbuild"
	for dir in kernel uapi Documentation; do
		[ -d "$TOP/$dir" ] || continue
		(cd "$TOP" && find "$dir" -type f \
			\( -name '*.[chS]' -o -name 'Kbuild' -o -name 'Makefile' \) \
			-print0) |
			tar -C "$TOP" --null -T - -cf - |
			tar -C "$dst" -xf -
	done
	(cd "$dst" && find kernel uapi -name '*.[chS]' ! -name '*.mod.c') |
	while IFS= read -r dir; do
		[ -e "$TOP/$dir" ] || rm -f "$dst/$dir"
	done
}

module_build()
{
	local kernel=$1 kdir=$2 out=$3 log=$BUILD/lab/$1.log dst args

	# One folder for each configuration: objects for another one look up to
	# date to make, for the kernel's files are older than they are.
	dst=$BUILD/lab/$kernel-$(printf '%s' "$kdir" | cksum | cut -d ' ' -f 1)
	args=(-C "$kdir" "M=$dst" -j"$(lab_jobs)")

	[ "$kernel" = stock ] || args+=(ARCH=um)
	# make does not see that the kernel is another one: its path is not in
	# the commands, and objects of the old one would be kept
	if [ "$kdir" != "$(cat "$dst/.kdir" 2> /dev/null)" ]; then
		rm -rf "$dst"
		mkdir -p "$dst"
		printf '%s\n' "$kdir" > "$dst/.kdir"
	fi
	module_sync "$dst"
	if ! make "${args[@]}" modules > "$log" 2>&1; then
		cat "$log" >&2
		die "building npv.ko for the $kernel kernel failed"
	fi
	# make prints what it found only when it built something: show
	# warnings, they are mistakes here
	grep -E -A6 'warning:|WARNING:' "$log" >&2
	# a copy for this run: the next build must not change it underneath
	cp "$dst/npv.ko" "$out/npv.ko"
}

# build_module KERNEL KDIR OUT: leave npv.ko for KERNEL in the folder OUT
build_module()
{
	with_lock "$BUILD/lab/lock-$1" module_build "$@"
}

xstate_build()
{
	local lib=$BUILD/lab/xstate.so

	[ "$lib" -nt "$LAB_DIR/xstate.c" ] ||
		"${CC:-cc}" -O2 -Wall -Werror -shared -fPIC -o "$lib" "$LAB_DIR/xstate.c" >&2 ||
		die "building $LAB_DIR/xstate.c failed"
	printf '%s\n' "$lib"
}

# build_xstate: print the library that UML is started with
build_xstate()
{
	mkdir -p "$BUILD/lab"
	with_lock "$BUILD/lab/lock-xstate" xstate_build
}

programs_build()
{
	local dir log=$BUILD/lab/programs.log

	for dir in userspace tools/testing/selftests; do
		[ -e "$TOP/$dir/Makefile" ] || continue
		if ! make -C "$TOP/$dir" -j"$(lab_jobs)" > "$log" 2>&1; then
			cat "$log" >&2
			die "building $dir failed"
		fi
	done
}

# build_programs: npv-run, npv-mgr, libnpv and the test helpers, in build/
build_programs()
{
	with_lock "$BUILD/lab/lock-programs" programs_build
}
