# Everything a newcomer and the CI need. Each target does its own set-up (.ci/setup).

CARGO ?= cargo
.PHONY: demo build test soak test-office test-bare test-upgrade lint docs bench bench-large install deb test-deb

# Builds wvl, makes a company of its own in a Postgres of its own, and shows what would be sent and what was.
demo:
	@echo "wvl demo: set-up, build (a few minutes the first time), then a company with something overdue."
	@./.ci/setup
	@$(CARGO) build --locked
	@target/debug/wvl demo start
	@target/debug/wvl demo tour

build:
	@./.ci/setup
	$(CARGO) build --locked --release

test:
	@./.ci/setup test
	$(CARGO) test --locked

# Ten thousand mails to servers that misbehave, by senders that are killed and stopped at random; some minutes. SEED repeats the
# choices of another run, MINUTES goes on with the next seeds until they are over. The table at the end is the outcome.
MESSAGES ?= 10000
MINUTES ?= 0
soak:
	@./.ci/setup test
	WVL_SOAK_MESSAGES=$(MESSAGES) WVL_SOAK_MINUTES=$(MINUTES) $(if $(SEED),WVL_SOAK_SEED=$(SEED)) \
	 $(CARGO) test --locked --test all outbox::soak::long -- --ignored --nocapture

# What LibreOffice with a German locale makes of csv-de and xlsx. Not in the CI; says so where soffice is not installed.
test-office:
	@./.ci/setup
	$(CARGO) build --locked
	python3 tests/office.py

# demo and test in a Debian root with Rust, a C compiler and make and nothing else, as root and as a user with sudo. Not in the
# CI: needs root and debootstrap, and takes half an hour.
test-bare:
	@./.ci/test-bare

# From one major version of Postgres to the next, with two real ones. NEWER names the folder of the newer one's programs;
# otherwise Postgres 16 comes out of a Python package that brings a whole server. Not in the CI.
NEWER ?= $(CURDIR)/target/tmp/newer/pgserver/pginstall/bin
test-upgrade:
	@./.ci/setup test
	@if [ ! -x "$(NEWER)/pg_upgrade" ]; then mkdir -p target/tmp/newer && cd target/tmp/newer && \
	 python3 -m pip download --quiet --no-deps --only-binary :all: pgserver==0.1.4 && python3 -m zipfile -e pgserver-*.whl . && \
	 chmod 755 pgserver/pginstall/bin/*; fi
	WVL_TEST_NEWER="$(NEWER)" $(CARGO) test --locked --test all -- --ignored --nocapture db::upgrade

# cargo-deny holds licences and sources together (deny.toml). It is not installed by us, and its advisory database cannot be
# fetched everywhere; so it checks the rest, where it is there.
lint:
	@./.ci/setup
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	@# the same once more as it is built for use: with the tests everything has the feature failpoints
	$(CARGO) clippy --locked -- -D warnings
	@if command -v cargo-deny >/dev/null; then $(CARGO) deny check bans licenses sources; \
	 else echo "cargo-deny is not installed: licences and sources are not checked"; fi

# All but the first build what is installed, measure that, and leave it. What they load (8 GB, some minutes the first time)
# stays in target/tmp/bench.
bench:
	@./.ci/setup
	$(CARGO) bench --locked --bench calendar
	$(CARGO) bench --locked --bench import
	$(CARGO) bench --locked --bench escalate
	$(CARGO) bench --locked --bench export
	$(CARGO) bench --locked --bench mail
	$(CARGO) bench --locked --bench report

# Ten million documents beside the million: 12 GB of disk, a quarter of an hour to load them the first time.
bench-large:
	@./.ci/setup
	$(CARGO) bench --locked --bench escalate -- --large

# What is installed and where: DESTDIR is a root directory to fill for a package, PREFIX where it will lie, WVL another binary.
PREFIX ?= /usr/local
DESTDIR ?=
WVL ?= target/release/wvl
SHARE = $(DESTDIR)$(PREFIX)/share
ZSH = $(SHARE)/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
# who installs into a home writes nothing beside it
CRON = $(if $(filter /usr /usr/local,$(PREFIX)),$(DESTDIR)/etc/cron.d/wvl,$(SHARE)/doc/wvl/examples/wvl.cron)

# Often run with sudo: root may have no cargo, and what root has built the user cannot build again.
install:
ifeq ($(WVL),target/release/wvl)
	@if [ "$$(id -u)" -ne 0 ] || [ ! -x $(WVL) ]; then $(MAKE) build; \
	 else echo "installing $(WVL) as it is; make build makes it anew"; fi
	@# a benchmark leaves a binary that takes orders from the tests' environment variables
	@if grep -q WVL_KILL_AT $(WVL); then \
	 echo "$(WVL) was built for tests; build it anew first: make build" >&2; exit 1; fi
endif
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(SHARE)/man/man1" "$(SHARE)/man/man5" "$(SHARE)/man/man7" \
	 "$(SHARE)/bash-completion/completions" "$(ZSH)" "$(SHARE)/fish/vendor_completions.d" \
	 "$(SHARE)/doc/wvl/examples" "$(dir $(CRON))"
	install -m 755 "$(WVL)" "$(DESTDIR)$(PREFIX)/bin/wvl"
	for section in 1 5 7; do install -m 644 man/*.$$section "$(SHARE)/man/man$$section/"; done
	install -m 644 completions/wvl.bash "$(SHARE)/bash-completion/completions/wvl"
	install -m 644 completions/_wvl "$(ZSH)/_wvl"
	install -m 644 completions/wvl.fish "$(SHARE)/fish/vendor_completions.d/wvl.fish"
	cd templates && find . -type f -exec install -D -m 644 '{}' "$(abspath $(SHARE))/wvl/templates/{}" ';'
	install -m 644 README.md "$(SHARE)/doc/wvl/README.md"
	@generated=$$(mktemp -d) && trap 'rm -rf "$$generated"' EXIT && \
	 packaging/generate "$(abspath $(WVL))" "$(PREFIX)" "$$generated" root && \
	 install -m 644 "$$generated/wvl.toml" "$(SHARE)/doc/wvl/examples/wvl.toml" && \
	 if [ -e "$(CRON)" ]; then echo "$(CRON) is there already and stays as it is"; \
	 else install -m 644 "$$generated/wvl.cron" "$(CRON)"; fi
	@echo "next: wvl demo start; your own: wvl config generate /etc/wvl/wvl.toml (or ~/.config/wvl/wvl.toml); all of it: man wvl"

# The Debian package, in target/debian. Where it puts what, and what it does with users and data: Cargo.toml and
# packaging/debian.
CARGO_DEB = 3.8.0
deb:
	@./.ci/setup
	@$(CARGO) deb --version >/dev/null 2>&1 || $(CARGO) install --locked cargo-deb@$(CARGO_DEB)
ifeq ($(WVL),target/release/wvl)
	$(CARGO) build --locked --release
endif
	@if grep -q WVL_KILL_AT $(WVL); then echo "$(WVL) was built for tests: make build" >&2; exit 1; fi
	rm -rf target/package
	packaging/generate "$(WVL)" /usr target/package wvl
	$(CARGO) deb --no-build --no-strip
	@ls -l target/debian/*.deb

# The package in a Debian root of its own: installed, used, upgraded, removed, purged. Not in the CI: needs root, debootstrap and some
# minutes.
test-deb:
	@.ci/test-deb

# Writes anew what describes wvl beside the code, the manual pages. The tests that compare are also those that write.
docs:
	@./.ci/setup test
	WVL_WRITE_DOCS=1 $(CARGO) test --locked --quiet --test all -- docs::pages::the_pages docs::views::the_page
	$(CARGO) test --locked --quiet --test all docs::
