#!/usr/bin/env bash
# Everything: what a change must pass before it lands. Installs what it needs.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s (%s)\n' "$1" "$(date +%H:%M:%S)"; }

# Programs that start whole platforms and take parts of them away: what fails on a busy machine is run once more, and named.
flaky=()
retry_once() {
  "$@" && return
  printf '\nonce more: %s\n' "$*"
  "$@" && flaky+=("$*")
}

step "tools"
scripts/tools.sh mold ffmpeg chromium
testing/engines/install redis-server=redis-server redis-cli=redis-tools rabbitmqctl=rabbitmq-server mvn=maven javac=openjdk-17-jdk-headless
# MinIO is built once; the tests that start it would do it, too, and nobody would see why they take so long.
ENGINE_BUILD=$PWD/target/engines/minio/build
mkdir -p "$ENGINE_BUILD"
ENGINE_BUILD=$ENGINE_BUILD testing/engines/minio/start install

# Debian keeps what Python's venv needs in a package of its own, which brings no program of its name.
python3 -c 'import ensurepip' 2>/dev/null || scripts/tools.sh python3-venv

step "web client and admin panel: types, lints, unit tests, build, size"
for client in web admin; do
  (cd $client && npm ci --ignore-scripts --no-audit --no-fund)
  (cd $client && npm run --silent check && npm run --silent build && npm run --silent size)
done

step "format and lints"
cargo fmt --all --check
cargo clippy --workspace --lib --bins --locked --quiet -- -D warnings
# A test that cannot go on may say so where it stands.
cargo clippy --workspace --all-targets --locked --quiet -- -D warnings -A clippy::unwrap_used

step "deploy/ and workflows"
scripts/lint-deploy.sh

step "unit tests, contracts, stories, HTTP, authorization table, visibility oracle, faults"
cargo run --quiet --locked -p xtask -- test

step "release binary"
cargo build --release --locked --bin sociosphere

step "behind nginx and Traefik, as deploy/ ships them"
retry_once testing/proxy/test "${CARGO_TARGET_DIR:-target}/release/sociosphere"

step "beside Prometheus: every figure, every panel, every rule"
testing/engines/install prometheus=prometheus
retry_once testing/monitoring/test "${CARGO_TARGET_DIR:-target}/release/sociosphere"

step "log lines through rsyslog into OpenSearch"
retry_once testing/logs/test "${CARGO_TARGET_DIR:-target}/release/sociosphere"

step "browser stories"
(cd e2e && npm ci --ignore-scripts --no-audit --no-fund && npm test)

step "all engines together: two that serve and two that work, behind nginx and Traefik"
retry_once testing/full/test "${CARGO_TARGET_DIR:-target}/release/sociosphere"

step "the demo community to all engines and back"
retry_once testing/full/moving "${CARGO_TARGET_DIR:-target}/release/sociosphere"

step "engines and processes that go, under load"
retry_once testing/full/outages "${CARGO_TARGET_DIR:-target}/release/sociosphere"

step "real clients"
retry_once scripts/clients.sh

for one in "${flaky[@]}"; do echo "flaky, to be mended: $one"; done
step "done"
