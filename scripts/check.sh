#!/usr/bin/env bash
# The fast part of the tests: format, lints, the rules of the workspace, unit tests and stories.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/tools.sh mold ffmpeg
cargo fmt --all --check
cargo clippy --workspace --lib --bins --locked --quiet -- -D warnings
# A test that cannot go on may say so where it stands.
cargo clippy --workspace --all-targets --locked --quiet -- -D warnings -A clippy::unwrap_used
cargo test --workspace --lib --locked --quiet
# The web client and the admin panel.
make --no-print-directory --silent web/node_modules/.stamp admin/node_modules/.stamp
for client in web admin; do (cd $client && npm run --silent check); done
