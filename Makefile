# SocioSphere. `make help` says what there is; logic of more than two lines lives in xtask.
.DEFAULT_GOAL := help
export CARGO_TERM_COLOR ?= auto

.PHONY: help run run-full demo test check lint-deploy fix bench engines engines-stop web tools

help: ## What there is.
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 14

run: tools web ## Builds everything and starts the platform on embedded defaults.
	cargo run --release --locked --bin sociosphere

run-full: tools web ## Starts the platform on all engines: two servers, two workers, nginx in front, Flower beside.
	cargo build --release --locked --bin sociosphere
	testing/full/run $${CARGO_TARGET_DIR:-target}/release/sociosphere

demo: tools web ## The same with a demo community, built into data/ if that holds no accounts yet.
	cargo run --release --locked --bin sociosphere -- demo --if-empty
	cargo run --release --locked --bin sociosphere

test: ## Installs what the tests need and runs them all.
	scripts/test.sh

check: ## The fast part of the tests: format, lints, unit tests.
	scripts/check.sh

lint-deploy: ## Reads deploy/ and the workflows with the tools of their users.
	scripts/lint-deploy.sh

fix: ## Formats, and applies what the lints can mend by themselves.
	cargo fmt --all
	cargo clippy --workspace --all-targets --fix --allow-dirty --allow-staged
	cd web && npx biome check --write .
	cd admin && npx biome check --write .

engines: ## Starts the engines that tests run against, prints their URLs; safe to run twice.
	@cargo run -q --locked -p xtask -- engines

engines-stop: ## Ends just those.
	@cargo run -q --locked -p xtask -- engines-stop

WORKLOAD ?= main
bench: tools web ## Measures the release binary beside its floors (WORKLOAD=main; quick in seconds; engines for those that processes share; staff for the panel; live for sockets; chat).
	cargo build --release --locked -p sociosphere-server -p sociosphere-bench
	$${CARGO_TARGET_DIR:-target}/release/bench $(WORKLOAD)

web: web/dist/index.html admin/dist/index.html ## Builds the web client and the admin panel, if anything of them changed.

web/dist/index.html: web/node_modules/.stamp $(shell find web/src web/public web/index.html web/vite.config.ts -type f)
	cd web && npm run --silent build

# The panel takes the client's session, calls and tokens from web/src.
admin/dist/index.html: admin/node_modules/.stamp $(shell find admin/src admin/index.html admin/vite.config.ts web/src/api web/src/text web/src/ui web/src/styles -type f)
	cd admin && npm run --silent build

%/node_modules/.stamp: %/package-lock.json
	cd $* && npm ci --ignore-scripts --no-audit --no-fund && touch node_modules/.stamp

tools: ## Installs ffmpeg and a fast linker where they are missing (Debian).
	scripts/tools.sh mold ffmpeg
