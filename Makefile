# Everything a newcomer and the CI need. Each target does its own set-up (.ci/setup).

CARGO ?= cargo
PREFIX ?= /usr/local
DESTDIR ?=
BINDIR = $(DESTDIR)$(PREFIX)/bin

.PHONY: demo build test test-office test-bare lint docs bench bench-large install

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

# What LibreOffice with a German locale makes of csv-de and xlsx. Not in the CI; says so where soffice is not installed.
test-office:
	@./.ci/setup
	$(CARGO) build --locked
	python3 tests/office.py

# demo and test in a Debian root with Rust, a C compiler and make and nothing else, as root and as a user with sudo. Not in the
# CI: needs root and debootstrap, and takes half an hour.
test-bare:
	@./.ci/test-bare

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

# Ten million documents beside the million: 12 GB of disk, a quarter of an hour to load them the first time.
bench-large:
	@./.ci/setup
	$(CARGO) bench --locked --bench escalate -- --large

# Often run with sudo: root may have no cargo, and what root has built the user cannot build again.
install:
	@if [ "$$(id -u)" -ne 0 ] || [ ! -x target/release/wvl ]; then $(MAKE) build; \
	 else echo "installing target/release/wvl as it is; make build makes it anew"; fi
	@# a benchmark leaves a binary that takes orders from the tests' environment variables
	@if grep -q WVL_KILL_AT target/release/wvl; then \
	 echo "target/release/wvl was built for tests; build it anew first: make build" >&2; exit 1; fi
	install -d "$(BINDIR)"
	install -m 755 target/release/wvl "$(BINDIR)/wvl"

# Writes anew what describes wvl beside the code, the manual pages. The tests that compare are also those that write.
docs:
	@./.ci/setup test
	WVL_WRITE_DOCS=1 $(CARGO) test --locked --quiet --test all -- docs::pages::the_pages docs::views::the_page
	$(CARGO) test --locked --quiet --test all docs::
