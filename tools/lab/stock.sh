# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Debian's own kernel, run in QEMU: its image, its headers to build npv.ko
# against, and an initramfs that mounts the host's files by 9p. The packages are
# unpacked into $CACHE/stock/VERSION, not installed.

# Modules for a root file system by 9p over virtio; the rest is built in.
STOCK_ROOT_MODULES="9pnet_virtio 9p"

# stock_newest: the newest version on offer, such as 6.12.9+deb12; generic
# flavour, for the cloud one has no 9p
stock_newest()
{
	apt-cache search --names-only '^linux-image-6\.12\.[0-9]+\+deb12-amd64-unsigned$' |
		sed -n 's/^linux-image-\(.*\)-amd64-unsigned .*/\1/p' |
		sort -V | tail -n 1
}

# stock_cached: the newest version that is complete in the cache
stock_cached()
{
	local stamp

	for stamp in "$CACHE"/stock/*/"$SOURCE_STAMP"; do
		[ -e "$stamp" ] || continue
		stamp=${stamp%/*}
		printf '%s\n' "${stamp##*/}"
	done | sort -V | tail -n 1
}

# stock_unpack VERSION DIR: download and unpack the packages
stock_unpack()
{
	local version=$1 dir=$2 tmp pkg deb

	[ -e "$dir/boot" ] && return
	rm -rf "$CACHE"/stock/tmp.*
	tmp=$(mktemp -d "$CACHE/stock/tmp.XXXXXX") || exit 1
	mkdir "$tmp/debs" "$tmp/root"
	for pkg in "linux-image-$version-amd64-unsigned" \
		   "linux-headers-$version-amd64" \
		   "linux-headers-$version-common" \
		   "linux-kbuild-$version"; do
		say "downloading $pkg"
		(cd "$tmp/debs" && apt-get -qq -o APT::Sandbox::User=root download "$pkg" > /dev/null) ||
			die "$pkg can't be downloaded; try apt-get update"
	done
	for deb in "$tmp"/debs/*.deb; do
		say "unpacking ${deb##*/}"
		dpkg-deb -x "$deb" "$tmp/root" || die "unpacking ${deb##*/} failed"
	done
	# the only absolute path in the headers
	# shellcheck disable=SC2016 # make's variables
	sed -i "s|^include /usr/src/|include \$(dir \$(lastword \$(MAKEFILE_LIST)))../|" \
		"$tmp/root/usr/src/linux-headers-$version-amd64/Makefile"
	# where image and modules of a merged /usr are
	[ -d "$tmp/root/lib/modules" ] || ln -s usr/lib "$tmp/root/lib"
	depmod -b "$tmp/root" "$version-amd64" || die "depmod failed"
	mv "$tmp/root" "$dir"
	rm -rf "$tmp"
}

# stock_initramfs VERSION DIR: busybox and the modules that reach the root file
# system, numbered in the order to load them
stock_initramfs()
{
	local version=$1 dir=$2 tmp module file number=10

	tmp=$(mktemp -d "$CACHE/stock/tmp.XXXXXX") || exit 1
	mkdir -p "$tmp"/bin "$tmp"/proc "$tmp"/dev "$tmp"/root "$tmp"/modules
	cp /bin/busybox "$tmp/bin/busybox"
	for module in $STOCK_ROOT_MODULES; do
		modprobe -d "$dir" -S "$version-amd64" --show-depends "$module" |
			sed -n 's/^insmod \([^ ]*\).*/\1/p'
	done | awk '!seen[$0]++' > "$tmp/list"
	[ -s "$tmp/list" ] || die "there are no modules $STOCK_ROOT_MODULES in $dir"
	while read -r file; do
		number=$((number + 1))
		module=${file##*/}
		case $file in
		*.xz) xz -dc "$file" > "$tmp/modules/$number-${module%.xz}" ;;
		*) cp "$file" "$tmp/modules/$number-$module" ;;
		esac
	done < "$tmp/list"
	rm "$tmp/list"
	cat > "$tmp/init" << 'END'
#!/bin/busybox sh
# labinit= of the kernel's command line is what to go on with
for module in /modules/*; do
	/bin/busybox insmod "$module"
done
/bin/busybox mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=524288 \
	labroot /root
exec /bin/busybox switch_root /root "$labinit"
END
	chmod +x "$tmp/init"
	(cd "$tmp" && find . | cpio --quiet -o -H newc) | gzip -1 > "$dir/initrd.tmp" ||
		die "building the initramfs failed"
	rm -rf "$tmp"
	mv "$dir/initrd.tmp" "$dir/initrd"
}

stock_build()
{
	local version=$1 dir=$2

	[ -e "$dir/$SOURCE_STAMP" ] && return
	stock_unpack "$version" "$dir"
	stock_initramfs "$version" "$dir"
	: > "$dir/$SOURCE_STAMP"
	say "stock kernel ready: $version"
}

# stock_version: what is in the cache, once there is one; the newest otherwise
stock_version()
{
	local version

	version=$(stock_cached)
	[ -n "$version" ] || version=$(stock_newest)
	[ -n "$version" ] ||
		die "no linux-image-6.12...-amd64-unsigned on offer; try apt-get update"
	printf '%s\n' "$version"
}

# stock_kernel: make sure that it is there; print the folder of its headers
stock_kernel()
{
	local version dir

	deps_check stock
	version=$(stock_version) || exit 1
	dir=$CACHE/stock/$version
	[ -e "$dir/$SOURCE_STAMP" ] ||
		with_lock "$CACHE/stock/lock" stock_build "$version" "$dir" >&2 ||
		exit 1
	printf '%s\n' "$dir/usr/src/linux-headers-$version-amd64"
}

# stock_paths: for run.py, once stock_kernel has run
stock_paths()
{
	local version dir

	version=$(stock_version) || exit 1
	dir=$CACHE/stock/$version
	printf 'image=%s\n' "$dir/boot/vmlinuz-$version-amd64"
	printf 'initrd=%s\n' "$dir/initrd"
	printf 'modules=%s\n' "$dir/lib/modules/$version-amd64"
}
