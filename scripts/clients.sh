#!/usr/bin/env bash
# clients.sh [mastodon_py|toot|push|masto|socketio …]: the stories of unmodified clients on the release binary, or on the platform that
# STORY_PLATFORM names. Installs the clients first, once.
set -euo pipefail
cd "$(dirname "$0")/.."

target="$(realpath -m "${CARGO_TARGET_DIR:-target}")"
wanted=testing/clients/python/requirements.txt
venv="$target/clients"
if ! cmp -s "$wanted" "$venv/installed.txt"; then
  # Debian keeps what venv needs in a package of its own, which brings no program of its name.
  python3 -c 'import ensurepip' 2>/dev/null || scripts/tools.sh python3-venv
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
  cp "$wanted" "$venv/installed.txt"
fi
for package in masto socketio; do
  if ! cmp -s "testing/clients/$package/package-lock.json" "testing/clients/$package/node_modules/installed.json"; then
    (cd "testing/clients/$package" && npm ci --ignore-scripts --no-audit --no-fund --silent && cp package-lock.json node_modules/installed.json)
  fi
done
[ $# -gt 0 ] || set -- mastodon_py toot push masto socketio
for client in "$@"; do
  case "$client" in
    masto | socketio) (cd "testing/clients/$client" && npm test --silent) ;;
    *) (cd testing/clients/python && "$venv/bin/pytest" -q -p no:cacheprovider "test_$client.py") ;;
  esac
done
