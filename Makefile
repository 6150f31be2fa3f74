# The few targets there are. Everything they need and can install themselves, they install.
.PHONY: run test lint fmt bench schema prove-books

# The service on an embedded SQLite event store under ./data, with the demonstration organisation.
run:
	cargo build --release --bin billing
	ENVIRONMENT=$${ENVIRONMENT-development} DEMO=$${DEMO-true} WEBHOOK_SECRETS=$${WEBHOOK_SECRETS-whsec_of_my_own_machine} ./target/release/billing

# Everything, on SQLite and on a throw-away PostgreSQL (SKIP_POSTGRES=1 skips it and says so).
# cargo-nextest, where it is there, gives each test a process of its own. No test measures durability on PostgreSQL, so
# its server does not wait for the disk (POSTGRES_FSYNC=on makes it): after a cold build one wait may take many seconds.
test: RUN_TESTS = $(if $(shell command -v cargo-nextest),cargo nextest run --workspace,cargo test --workspace)
test:
	POSTGRES_FSYNC=$${POSTGRES_FSYNC-off} scripts/with-postgres.sh $(RUN_TESTS)

# Formatting, clippy with the workspace's lints, and the contracts: schema and stored events.
lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo run --quiet --bin billing -- schema | diff -u schema/schema.graphql - \
		|| { echo "schema/schema.graphql is not what the gateway serves: run make schema"; exit 1; }
	scripts/check-contracts.sh

# Writes what lint compares.
schema:
	cargo run --quiet --bin billing -- schema > schema/schema.graphql

fmt:
	cargo fmt --all

# Figures beside their raw limits, measured in the same run.
bench:
	scripts/with-postgres.sh cargo bench -p gateway --bench load

# Both sets of real books imported whole, on SQLite and PostgreSQL, and compared with figures that a script of its own
# computes from the CSV files.
DATA ?= ../shared/data
prove-books:
	cargo build --release --bin billing
	scripts/with-postgres.sh scripts/prove-books.py --billing target/release/billing --data $(DATA)
