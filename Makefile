# The few targets there are. Everything they need and can install themselves, they install.
.PHONY: run test test-server test-pages torture-quick torture lint fmt bench schema prove-books screenshots lighthouse

# The service on an embedded SQLite event store under ./data, with the demonstration organisation.
run: portal/dist/index.html
	cargo build --release --bin billing
	ENVIRONMENT=$${ENVIRONMENT-development} DEMO=$${DEMO-true} WEBHOOK_SECRETS=$${WEBHOOK_SECRETS-whsec_of_my_own_machine} ./target/release/billing

# The pages, where they are older than what they are made of and Node.js is there.
PAGES = $(shell find portal/src portal/public portal/scripts portal/*.ts portal/*.json portal/index.html \
	-type f -not -name '*.generated.ts') schema/schema.graphql
portal/dist/index.html: $(PAGES)
	scripts/build-portal.sh

# Everything: the server, then the pages in a real browser.
test: test-server test-pages

# The tests' databases lie in memory where 4 GB of it are free as files: no test measures durability, and after a cold
# build one wait for the disk may take many seconds.
MEMORY = $(shell df -k --output=avail /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 4e6 { print "/dev/shm" }')
IN_MEMORY = TMPDIR=$${TMPDIR-$(or $(MEMORY),/tmp)} POSTGRES_FSYNC=$${POSTGRES_FSYNC-off}

# The server, on SQLite and on a throw-away PostgreSQL (SKIP_POSTGRES=1 skips it and says so).
# cargo-nextest, where it is there, gives each test a process of its own.
test-server: RUN_TESTS = $(if $(shell command -v cargo-nextest),cargo nextest run --workspace,cargo test --workspace)
test-server:
	$(IN_MEMORY) scripts/with-postgres.sh $(RUN_TESTS)

# The pages in the distribution's Chromium (installed where it is missing), against real gateways.
test-pages:
	scripts/build-portal.sh --required
	cargo build --bin billing
	cd portal && $(IN_MEMORY) ../scripts/with-chromium.sh npm run --silent test

# Full disks, failing calls, kill -9, two nodes, a PostgreSQL that dies: what was acknowledged stays, every answer is
# true. In five minutes, or as long as 200 episodes and kills take. SEED=… plays the same again (scripts/torture.sh).
torture-quick:
	$(IN_MEMORY) scripts/torture.sh 200
torture:
	$(IN_MEMORY) scripts/torture.sh 14400

# Formatting, clippy with the workspace's lints, the contracts (schema and stored events), and the pages: types, lints,
# formatting, translations.
lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo run --quiet --bin billing -- schema | diff -u schema/schema.graphql - \
		|| { echo "schema/schema.graphql is not what the gateway serves: run make schema"; exit 1; }
	scripts/check-contracts.sh
	scripts/build-portal.sh --packages-only
	cd portal && npm run --silent check

# Writes what lint compares.
schema:
	cargo run --quiet --bin billing -- schema > schema/schema.graphql

fmt:
	cargo fmt --all
	cd portal && npm run --silent format

# Figures beside their raw limits, measured in the same run.
bench:
	scripts/with-postgres.sh cargo bench -p gateway --bench load

# Both sets of real books imported whole, on SQLite and PostgreSQL, and compared with figures that a script of its own
# computes from the CSV files.
DATA ?= ../shared/data
prove-books:
	cargo build --release --bin billing
	scripts/with-postgres.sh scripts/prove-books.py --billing target/release/billing --data $(DATA)

# The main pages as pictures, for the README; and what Lighthouse says of three of them, on the release binary.
screenshots: portal/dist/index.html
	cargo build --bin billing
	cd portal && ../scripts/with-chromium.sh npx tsx scripts/screenshots.ts ../docs/screenshots
lighthouse: portal/dist/index.html
	cargo build --release --bin billing
	cd portal && BILLING=../target/release/billing ../scripts/with-chromium.sh npx tsx scripts/lighthouse.ts
