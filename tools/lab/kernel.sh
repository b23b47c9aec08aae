# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The kernel source and the two User Mode Linux kernels (debug, lean) made from
# it. Everything lies in $CACHE, keyed by the version of the source package and
# the hash of the config fragments, and is told finished by a stamp that is
# written last: a build that was interrupted is resumed, never taken for done.

SOURCE_PKG=linux-source-6.12
SOURCE_STAMP=.lab-complete

# Objects that each kernel compiles, to show progress by; being off by some
# only makes the percentage wrong.
declare -A KERNEL_OBJECTS=([debug]=1800 [lean]=1700)

source_version()
{
	dpkg-query -W -f '${Version}' "$SOURCE_PKG" 2> /dev/null ||
		die "$SOURCE_PKG is not installed; run: tools/lab/lab deps"
}

source_extract()
{
	local version=$1 dir=$2 tmp

	# Trees extracted before the stamp existed are complete when they
	# have their last file: the rename below made them so.
	[ -e "$dir/Makefile" ] && return
	say "extracting $SOURCE_PKG $version"
	rm -rf "$CACHE"/src/tmp.*
	tmp=$(mktemp -d "$CACHE/src/tmp.XXXXXX")
	tar -xf "/usr/src/$SOURCE_PKG.tar.xz" -C "$tmp" --strip-components=1 ||
		die "extracting /usr/src/$SOURCE_PKG.tar.xz failed"
	chmod 755 "$tmp"
	mv "$tmp" "$dir"
}

# kernel_source: print the path of the kernel source, extracting it when missing
kernel_source()
{
	local version dir

	version=$(source_version) || exit 1
	dir=$CACHE/src/linux-$version
	[ -e "$dir/Makefile" ] ||
		with_lock "$CACHE/src/lock" source_extract "$version" "$dir" >&2 ||
		exit 1
	printf '%s\n' "$dir"
}

# uml_dir KERNEL: print where KERNEL (debug or lean) is, or will be, built
uml_dir()
{
	local version hash

	version=$(source_version) || exit 1
	hash=$(cat "$LAB_DIR/config/base.config" "$LAB_DIR/config/$1.config" |
	       sha256sum | cut -c1-12)
	printf '%s\n' "$CACHE/kernels/$1-$version-$hash"
}

# show_progress NAME TOTAL LOG: a line every few seconds from the make output on
# stdin, which is kept in LOG
show_progress()
{
	local name=$1 total=$2 log=$3 line count=0 last=$SECONDS start=$SECONDS

	: > "$log"
	while IFS= read -r line; do
		printf '%s\n' "$line" >> "$log"
		case $line in
		*" CC "* | *" AS "* | *" LD "* | *" AR "*) count=$((count + 1)) ;;
		esac
		if [ $((SECONDS - last)) -ge 5 ]; then
			last=$SECONDS
			say "$name: $count objects" \
			    "(about $((count < total ? count * 100 / total : 99)) %)," \
			    "$((SECONDS - start)) s"
		fi
	done
}

uml_build()
{
	local name=$1 dir=$2 src=$3 log=$2/lab-build.log start=$SECONDS cfg=$LAB_DIR/config

	[ -e "$dir/$SOURCE_STAMP" ] && return
	mkdir -p "$dir"
	say "building the $name kernel in $dir (once; some minutes)"
	if ! {
		make -C "$src" ARCH=um O="$dir" defconfig &&
		"$src/scripts/kconfig/merge_config.sh" -m -O "$dir" "$dir/.config" \
			"$cfg/base.config" "$cfg/$name.config" &&
		make -C "$src" ARCH=um O="$dir" olddefconfig
	} > "$dir/lab-config.log" 2>&1; then
		tail -n 20 "$dir/lab-config.log" >&2
		die "configuring the $name kernel failed"
	fi
	make -C "$src" ARCH=um O="$dir" -j"$(lab_jobs)" linux modules 2>&1 |
		show_progress "$name" "${KERNEL_OBJECTS[$name]}" "$log"
	if [ "${PIPESTATUS[0]}" != 0 ]; then
		grep -E -A5 '[Ee]rror' "$log" | head -n 40 >&2
		die "building the $name kernel failed; the whole log: $log"
	fi
	: > "$dir/$SOURCE_STAMP"
	say "$name kernel ready after $((SECONDS - start)) s: $dir/linux"
}

# uml_kernel NAME: make sure that the kernel is there; print its folder
uml_kernel()
{
	local dir src

	dir=$(uml_dir "$1") || exit 1
	if [ ! -e "$dir/$SOURCE_STAMP" ]; then
		src=$(kernel_source) || exit 1
		with_lock "$CACHE/kernels/lock-$1" uml_build "$1" "$dir" "$src" >&2 ||
			exit 1
	fi
	printf '%s\n' "$dir"
}
