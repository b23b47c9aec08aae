#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Style checks: make check. One line a check, what it found under it, and a last
# line "N passed, N failed, N skipped".
#
#   tools/check.sh [NAME...]    all, or only those whose line begins with NAME:
#                               checkpatch sparse kernel-doc netlink shellcheck...

cd "$(dirname "$0")/.." || exit 1

top=$PWD
lab=tools/lab/lab
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
skipped=0
number=0

# What checkpatch says of kernel code and does not hold here, and why.
kernel_ignore=(
	# ops of a family that takes its number when it is loaded are filled in
	CONST_STRUCT
)

# One header is where versions are told apart, which begins with the macro.
compat_ignore=(LINUX_VERSION_CODE CONSTANT_COMPARISON)

# The tracing macros have one form, that of the kernel's own include/trace/.
trace_ignore=(OPEN_ENDED_LINE COMPLEX_MACRO PARENTHESIS_ALIGNMENT)

# Programs have no kernel headers: what checkpatch would have instead.
user_ignore=(
	# u8, BIT(), ARRAY_SIZE(), __packed, fallthrough, strscpy(), __func__
	PREFER_KERNEL_TYPES BIT_MACRO ARRAY_SIZE PREFER_DEFINED_ATTRIBUTE_MACRO
	PREFER_FALLTHROUGH STRCPY STRLCPY STRNCPY EMBEDDED_FUNCTION_NAME
	SSCANF_TO_KSTRTO CONSIDER_KSTRTO
	# handlers of signals have nothing else
	VOLATILE
	# names of other libraries and of the C library
	CAMELCASE
	# _Atomic(type), _Alignas(type) and ElfW(type) are no casts
	SPACING
	# environ is declared nowhere
	AVOID_EXTERNS
	# octal is common in programs, errno positive; ENOSYS is a missing call
	SYMBOLIC_PERMS ENOSYS USE_NEGATIVE_ERRNO
	# what a test prints is one string, so that it can be found
	LONG_LINE_STRING
	# a table's macro
	MACRO_ARG_REUSE MACRO_ARG_PRECEDENCE
)

join()
{
	local IFS=,

	printf '%s' "$*"
}

# files of this project, whether they are in git yet or not
files()
{
	git ls-files --cached --others --exclude-standard -- "$@" |
		while read -r file; do
			[ -f "$file" ] && printf '%s\n' "$file"
		done
}

# C files written by hand
sources()
{
	files "$@" | grep -E '\.[ch]$' |
		grep -vE '_gen\.[ch]$|(^|/)npv_netlink\.h$'
}

# checkpatch_on IGNORED FILE...
checkpatch_on()
{
	local ignored=$1

	shift
	[ $# -gt 0 ] || return 0
	# from elsewhere, for it leaves a cache where it is run
	(cd "$work" && perl "$ksrc/scripts/checkpatch.pl" --strict --root="$ksrc" \
		--terse --show-types --no-summary --quiet --ignore "$ignored" \
		-f "${@/#/$top/}") | sed "s|^$top/||" | { ! grep .; }
}

check_checkpatch_kernel()
{
	local found status=0

	mapfile -t found < <(sources kernel uapi tools/bench/kmod |
			     grep -vxE 'kernel/(compat|trace)\.h')
	checkpatch_on "$(join "${kernel_ignore[@]}")" "${found[@]}" || status=1
	checkpatch_on "$(join "${compat_ignore[@]}")" kernel/compat.h || status=1
	checkpatch_on "$(join "${trace_ignore[@]}")" kernel/trace.h || status=1
	return $status
}

check_checkpatch_user()
{
	local found

	mapfile -t found < <(sources userspace tools | grep -v ^tools/bench/kmod/)
	checkpatch_on "$(join "${user_ignore[@]}")" "${found[@]}"
}

# In the debug kernel, for only there the tests are part of the module.
check_sparse()
{
	local kdir out

	kdir=$($lab kernel debug) || return
	mkdir "$work/sparse"
	cp -R Kbuild kernel uapi "$work/sparse/"
	out=$(make -C "$kdir" ARCH=um "M=$work/sparse" C=2 W=1 \
	      -j"$(nproc)" modules 2>&1) || { printf '%s\n' "$out"; return 1; }
	printf '%s\n' "$out" | grep -E '(warning|error|WARNING):' |
		sed "s|$work/sparse/||" | sort -u | { ! grep .; }
}

check_kernel_doc()
{
	local found

	mapfile -t found < <(sources kernel uapi tools/bench/kmod)
	perl "$ksrc/scripts/kernel-doc" -none -Wall -Werror "${found[@]}"
}

check_netlink()
{
	KSRC=$ksrc tools/netlink-regen.sh --check
}

# Not SC2016 and SC1003: quoted code is for another shell, awk or sed on purpose;
# nor SC2317: functions are handed to others as arguments.
check_shellcheck()
{
	local found

	mapfile -t found < <(files | while read -r file; do
		head -n 1 "$file" | tr -d '\0' |
			grep -qE '^#!.*[/ ](ba|da)?sh( |$)' && printf '%s\n' "$file"
	done)
	shellcheck -x -P SCRIPTDIR -e SC2016,SC1003,SC2317 "${found[@]}" tools/lab/*.sh
}

check_python()
{
	files '*.py' tools/testing/run-tests |
		while read -r file; do
			"${PYTHON3:-/usr/bin/python3}" -c '
import ast, sys
ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$file" || echo "$file"
		done | { ! grep .; }
}

# Every file says its licence, in one of the first two lines; seeds are frames.
check_spdx()
{
	files '*.[ch]' '*.sh' '*.py' '*.yaml' '*Makefile' '*Kbuild' '*.config' \
		tools .ci |
		grep -vE '\.md$|^tools/fuzz/(packet-)?seeds/' | sort -u |
		while read -r file; do
			head -n 3 "$file" | grep -q SPDX-License-Identifier ||
				echo "$file: no SPDX line"
		done | { ! grep .; }
}

# One version, written where each build can read it
check_version()
{
	local version

	version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
	[ -n "$version" ] || return
	grep -H "NPV_VERSION[[:space:]]*\"" kernel/netlink.c | grep -vF "\"$version\"" &&
		return 1
	grep -H '^VERSION := ' userspace/Makefile | grep -vF ":= $version" && return 1
	return 0
}

# run NAME FUNCTION
run()
{
	local name=$1 log=$work/log

	[ ${#only[@]} = 0 ] || [[ " ${only[*]} " == *" ${name%% *} "* ]] || return
	number=$((number + 1))
	if "$2" > "$log" 2>&1; then
		passed=$((passed + 1))
		echo "ok $number - $name"
	else
		failed=$((failed + 1))
		echo "not ok $number - $name"
		sed 's/^/# /' "$log"
	fi
}

only=("$@")
ksrc=$($lab source) || exit 1
run "checkpatch of kernel/ and uapi/" check_checkpatch_kernel
run "checkpatch of programs" check_checkpatch_user
run "sparse and W=1" check_sparse
run "kernel-doc" check_kernel_doc
run "netlink code is what the spec gives" check_netlink
run "shellcheck" check_shellcheck
run "python" check_python
run "spdx lines" check_spdx
run "versions agree" check_version
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ] && [ $passed != 0 ]
