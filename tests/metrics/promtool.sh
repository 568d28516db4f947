#!/usr/bin/env bash
# promtool.sh BUILD: what Prometheus's own tool says about the metrics of a running tickcached, the alert
# rules, their tests, and the dashboard's queries. BUILD is the build directory with the programs.
set -euo pipefail
[ $# -eq 1 ] || { echo "Usage: promtool.sh BUILD" >&2; exit 2; }
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
segment="tickcache-promtool-$$"
pids=()
clean_up() {
  [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work" "/dev/shm/$segment" "/dev/shm/$segment.lock"
}
trap clean_up EXIT

if ! promtool=$(command -v promtool); then
  # Unpacked, not installed: the package would start a Prometheus here.
  (cd "$work" && apt-get -qq download prometheus 2>/dev/null && dpkg-deb -x prometheus_*.deb files)
  promtool=$work/files/usr/bin/promtool
fi

"$build/tests/sim/tickcache-sim" --rate 1000 >"$work/sim" 2>&1 &
pids+=($!)
for _ in $(seq 100); do
  url=$(sed -n 's/^listening on //p' "$work/sim")
  [ -n "$url" ] && break
  sleep 0.1
done
AGENTEXCHANGE_API_KEY=ak_live_check "$build/daemon/tickcached" --config /dev/null --url "$url" \
  --candles BTCUSDT:1m --segment "$segment" >"$work/daemon" 2>&1 &
pids+=($!)
"$build/cli/tickcache" --segment "$segment" wait --timeout 30 >/dev/null
"$build/cli/tickcache" --segment "$segment" metrics >"$work/metrics"
grep -q '^tickcache_feed_live{.*} 1$' "$work/metrics"

# It exits with 0 even if it finds something to say.
said=$("$promtool" check metrics <"$work/metrics" 2>&1)
[ -z "$said" ] || { echo "$said"; exit 1; }
"$promtool" check rules docs/alerts.yml
"$promtool" test rules tests/metrics/alerts_test.yml
python3 - docs/grafana-dashboard.json >"$work/queries.yml" <<'PYTHON'
import json, sys

with open(sys.argv[1]) as file:
    panels = json.load(file)["panels"]
queries = [target["expr"] for panel in panels for target in panel["targets"]]
rules = [{"record": f"query:{number}", "expr": query.replace("$__rate_interval", "5m")}
         for number, query in enumerate(queries)]
print(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
PYTHON
"$promtool" check rules "$work/queries.yml"
