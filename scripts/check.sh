#!/usr/bin/env bash
# The fast part of the tests: format, lints, the rules of the workspace, unit tests and stories.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/tools.sh mold ffmpeg
cargo fmt --all --check
cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
cargo test --workspace --lib --locked --quiet
