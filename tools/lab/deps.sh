# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The Debian packages that a target needs: installed when root, else named.

# deps_list TARGET: the packages of TARGET (all: of every target)
deps_list()
{
	awk -v target="$1" '
		/^#/ || NF < 2 { next }
		{
			for (i = 2; i <= NF; i++)
				if (target == "all" || $i == target) {
					print $1
					next
				}
		}' "$LAB_DIR/packages"
}

# deps_missing TARGET: those of deps_list that are not installed
deps_missing()
{
	deps_list "$1" | sort -u | comm -23 - <(
		dpkg-query -W -f '${db:Status-Status} ${Package}\n' |
			sed -n 's/^installed //p' | sort -u)
}

# Daemons come with these packages (nginx, redis, sshd) and must not be started
# on the host: Debian asks policy-rc.d, so there is one for the time being.
deps_apt()
{
	local policy=/usr/sbin/policy-rc.d made='' status=0

	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\n# made by tools/lab/lab deps\nexit 101\n' > "$policy"
		chmod +x "$policy"
		made=yes
		# shellcheck disable=SC2064 # the path is known now
		trap "rm -f $policy" EXIT
	fi
	{
		RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get update -q &&
		RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
			--no-install-recommends "$@"
	} >&2 || status=$?
	if [ -n "$made" ]; then
		rm -f "$policy"
		trap - EXIT
	fi
	return $status
}

# deps_check TARGET: install what is missing of TARGET, or say how and exit
deps_check()
{
	local missing

	mapfile -t missing < <(deps_missing "$1")
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" != 0 ]; then
		say "missing packages; as root:"
		printf 'apt-get install --no-install-recommends %s\n' \
			"${missing[*]}" >&2
		exit 1
	fi
	say "installing ${missing[*]}"
	deps_apt "${missing[@]}" || die "apt-get could not install the packages"
}

