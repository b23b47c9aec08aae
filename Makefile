# SPDX-License-Identifier: GPL-2.0
#
# AF_NPV: npv.ko and what belongs to it. `make help` tells the targets. The module
# itself is described in Kbuild.

VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
TOP := $(CURDIR)
BUILD := $(TOP)/build
LAB := tools/lab/lab

# the kernel to build for: the running one, unless said otherwise
KDIR ?= /lib/modules/$(shell uname -r)/build
DESTDIR ?=
PREFIX ?= /usr
DKMS ?= dkms
DKMS_SRC := $(DESTDIR)/usr/src/npv-$(VERSION)

ALIASES := /etc/modprobe.d/npv.conf

all: module userspace

# Kbuild leaves its files beside the sources, and a tree can be built for one
# kernel only: the module is built from a copy (the lab has its own).
module:
	@if [ ! -e "$(KDIR)/Makefile" ]; then \
		echo "There are no kernel headers in $(KDIR)."; \
		echo "Install linux-headers-$$(uname -r), or name a folder: make KDIR=..."; \
		echo "To only try the module, without this machine's kernel: make demo, make test"; \
		exit 1; \
	fi
	@# make does not notice that KDIR is another kernel than before
	@[ "$$(cat $(BUILD)/module/.kdir 2> /dev/null)" = "$(KDIR)" ] || rm -rf $(BUILD)/module
	@mkdir -p $(BUILD)/module
	@echo "$(KDIR)" > $(BUILD)/module/.kdir
	@cp -pR Kbuild kernel uapi $(BUILD)/module/
	$(MAKE) -C "$(KDIR)" M=$(BUILD)/module modules

userspace:
	@$(LAB) deps build
	$(MAKE) -C userspace PREFIX=$(PREFIX)

test:
	@$(LAB) deps test
	tools/testing/run-tests $(TESTS)

check:
	@$(LAB) deps check
	tools/check.sh

# RUNS=N: how many inputs
fuzz:
	@$(LAB) deps fuzz
	@$(MAKE) --no-print-directory -C tools/fuzz fuzz

demo:
	@$(LAB) deps demo
	$(LAB) run --kernel lean --timeout 240 tools/demo/demo.sh

# CASES='bulk rr': some of them; CASES=list: their names; ROUNDS=1: not so many rounds
bench:
	@$(LAB) deps bench
	@tools/bench/bench.py $(if $(ROUNDS),--rounds $(ROUNDS)) $(CASES)

# The module only where it was built: without headers there is still npv-run.
install: userspace
	@if [ -e $(BUILD)/module/npv.ko ]; then \
		set -x; \
		$(MAKE) -C "$(KDIR)" M=$(BUILD)/module modules_install \
			INSTALL_MOD_PATH=$(DESTDIR); \
	else \
		echo "npv.ko is not built, not installed: make module, or make dkms-install"; \
	fi
	$(MAKE) -C userspace install DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	install -D -m 644 tools/npv.conf $(DESTDIR)$(ALIASES)

uninstall:
	$(MAKE) -C userspace uninstall DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	rm -f $(DESTDIR)$(ALIASES)
	rm -f $(DESTDIR)/lib/modules/*/updates/npv.ko*
	rm -f $(DESTDIR)/lib/modules/*/extra/npv.ko*
	if [ -d "$(DKMS_SRC)" ] && [ -z "$(DESTDIR)" ]; then \
		$(DKMS) remove npv/$(VERSION) --all; \
	fi
	rm -rf $(DKMS_SRC)

# With DESTDIR the source is put there, for a package; else it is built as well.
dkms-install:
	install -d $(DKMS_SRC)
	cp -R dkms.conf Kbuild kernel uapi $(DKMS_SRC)/
	@if [ -z "$(DESTDIR)" ]; then \
		command -v $(DKMS) > /dev/null || \
			{ echo "dkms is missing: apt-get install dkms"; exit 1; }; \
		set -x; \
		$(DKMS) add npv/$(VERSION) && $(DKMS) install npv/$(VERSION); \
	fi

# only what was built here: the lab's kernels are in its cache, see `lab help`
clean:
	rm -rf $(BUILD)

help:
	@echo "make               npv.ko for KDIR (default: the running kernel) and userspace"
	@echo "make module        npv.ko only"
	@echo "make userspace     npv-run, npv-mgr and libnpv only"
	@echo "make demo          what it does, in a lab of virtual machines; nothing is installed"
	@echo "make test          all tests, in the lab; TESTS='race netlink': some of them"
	@echo "make check         style: checkpatch, sparse, kernel-doc, shellcheck..."
	@echo "make fuzz          random input for the codecs, each RUNS=10000000 times"
	@echo "make bench         against TCP and MPTCP, in the lab; CASES='bulk rr': some cases"
	@echo "make install       into DESTDIR, PREFIX=$(PREFIX); uninstall takes it away again"
	@echo "make dkms-install  the source for dkms, which builds npv.ko for every kernel"
	@echo "make clean         remove build/"

.PHONY: all module userspace test check fuzz demo bench install uninstall dkms-install clean help
