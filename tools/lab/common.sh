# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What every part of the lab needs: where things are, messages, locks.
# Sourced by tools/lab/lab; never run by itself.

LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$LAB_DIR/../.." && pwd)
# shellcheck disable=SC2034 # of those who source this
CACHE=${NPV_LAB_CACHE:-$HOME/.cache/npv-lab}
# shellcheck disable=SC2034
BUILD=$TOP/build

# Of the tools that come with the kernel source, those in Python want the
# distribution's interpreter: its modules (yaml) are packages of lab deps.
export PYTHON3=/usr/bin/python3

say()
{
	printf 'lab: %s\n' "$*" >&2
}

die()
{
	printf 'lab: error: %s\n' "$*" >&2
	exit 1
}

# with_lock FILE COMMAND...: run COMMAND while holding FILE, so that two callers
# never build the same thing at once. The lock goes with the process, however it
# ends; background children must not inherit it, hence a subshell.
with_lock()
{
	local file=$1

	shift
	mkdir -p "$(dirname "$file")"
	(
		if ! flock -n 9; then
			say "waiting for another lab that holds ${file##*/}"
			flock 9
		fi
		"$@"
	) 9> "$file"
}

# jobs for make: every processor, for the lab is the only thing that runs
lab_jobs()
{
	nproc
}
