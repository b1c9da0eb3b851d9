#!/usr/bin/env bash
# Reads what stands in deploy/ and .github/workflows/ as its users will: hadolint, the Compose schema, actionlint,
# promtool (with the alerts' unit tests), amtool, `nginx -t`, and a Traefik that starts. Installs what it needs under target/tools; quick the second time.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$PWD/target/tools
actionlint=v1.7.12
mkdir -p "$tools"

testing/engines/install python3=python3 nginx=nginx openssl=openssl curl=curl shellcheck=shellcheck go=golang-go \
  promtool=prometheus amtool=prometheus-alertmanager
python3 -c 'import ensurepip' 2>/dev/null || testing/engines/install pyvenv=python3-venv
if ! cmp -s testing/lint/requirements.txt "$tools/venv/installed.txt"; then
  python3 -m venv --clear "$tools/venv"
  "$tools/venv/bin/pip" install --quiet --disable-pip-version-check -r testing/lint/requirements.txt
  cp testing/lint/requirements.txt "$tools/venv/installed.txt"
fi
if [ ! -x "$tools/actionlint-$actionlint" ]; then
  GOBIN=$tools/go go install "github.com/rhysd/actionlint/cmd/actionlint@$actionlint"
  mv "$tools/go/actionlint" "$tools/actionlint-$actionlint"
fi

"$tools/venv/bin/hadolint" --failure-threshold info deploy/Dockerfile
"$tools/venv/bin/check-jsonschema" --quiet --builtin-schema vendor.compose-spec deploy/compose*.yaml
"$tools/actionlint-$actionlint" -color .github/workflows/*.yml
shellcheck deploy/healthy scripts/lint-deploy.sh testing/engines/{nginx,rsyslog,smtp,traefik}/start

promtool check config --syntax-only deploy/prometheus/prometheus.yml >/dev/null
promtool check rules deploy/prometheus/rules/*.yml >/dev/null
promtool test rules testing/monitoring/rules.yml >/dev/null
amtool check-config deploy/alertmanager/alertmanager.yml >/dev/null
deploy/grafana/generate.py --check
deploy/kibana/generate.py --check
testing/monitoring/references

# nginx's two files as they are shipped, in a folder that looks like /etc/nginx, with a certificate of this minute.
scratch=$(mktemp -d)
traefik=
ended() {
  [ -z "$traefik" ] || kill "$traefik" 2>/dev/null || true
  rm -rf "$scratch"
}
trap ended EXIT
chmod 755 "$scratch"
openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=social.example \
  -keyout "$scratch/privkey.pem" -out "$scratch/fullchain.pem" 2>/dev/null
for site in sociosphere sociosphere-tls; do
  rm -rf "$scratch/nginx" && cp -r deploy/nginx "$scratch/nginx"
  sed -i "s|/etc/letsencrypt/live/social.example/|$scratch/|; s|/var/log/nginx/|$scratch/|" \
    "$scratch/nginx/$site.conf" "$scratch/nginx/sociosphere/server.conf"
  # Ports that whoever tests may bind.
  sed -i 's|listen 80 |listen 127.0.0.1:18480 |; s|listen 443 |listen 127.0.0.1:18443 |' "$scratch/nginx/$site.conf"
  printf 'pid %s/pid;\nevents {}\nhttp { client_body_temp_path %s/b; proxy_temp_path %s/p; fastcgi_temp_path %s/f; uwsgi_temp_path %s/u; scgi_temp_path %s/s; include %s; }\n' \
    "$scratch" "$scratch" "$scratch" "$scratch" "$scratch" "$scratch" "$scratch/nginx/$site.conf" >"$scratch/nginx/nginx.conf"
  PATH=$PATH:/usr/sbin nginx -t -q -e stderr -c "$scratch/nginx/nginx.conf"
done

# Traefik says what is wrong with a file only once it runs: then its router would answer 404 to everything.
export ENGINE_PORT ENGINE_DATA=$scratch/traefik ENGINE_BUILD=$PWD/target/engines/traefik/build
ENGINE_PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir -p "$ENGINE_DATA" "$ENGINE_BUILD"
testing/engines/traefik/start install
SOCIOSPHERE_UPSTREAMS=127.0.0.1:9 testing/engines/traefik/start run >"$scratch/traefik.log" 2>&1 &
traefik=$!
# 404 is what it says while it has no router, and for ever if a file is wrong; 502 or 503 says that only processes lack.
status=000
for _ in $(seq 100); do
  kill -0 "$traefik" 2>/dev/null || break
  status=$(curl --silent --output /dev/null --write-out '%{http_code}' "http://127.0.0.1:$ENGINE_PORT/" || true)
  [[ $status = 50[23] ]] && break
  sleep 0.1
done
if grep -E ' (ERR|FTL) ' "$scratch/traefik.log" || [[ $status != 50[23] ]]; then
  cat "$scratch/traefik.log" >&2
  echo "deploy/traefik is not as Traefik wants it (answer $status)" >&2
  exit 1
fi
echo "deploy/ and .github/workflows/ are well formed"
