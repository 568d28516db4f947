#!/usr/bin/env bash
# promtool.sh BUILD: what Prometheus and its own tool say about the metrics of a running tickcached, the alert
# rules, their tests, and the dashboard's queries; alerts that fire from the metrics of a tickcached in trouble; and
# from those that Prometheus itself has scraped when exchange and daemon end. BUILD is the build directory with the
# programs.
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

if ! { promtool=$(command -v promtool) && prometheus=$(command -v prometheus); }; then
  # Unpacked, not installed: the package would start a Prometheus here.
  (cd "$work" && apt-get -qq download prometheus 2>/dev/null && dpkg-deb -x prometheus_*.deb files)
  promtool=$work/files/usr/bin/promtool
  prometheus=$work/files/usr/bin/prometheus
fi
read -r metrics_port prometheus_port < <(python3 - <<'PYTHON'
import socket

sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(s.getsockname()[1] for s in sockets))
PYTHON
)

"$build/tests/sim/tickcache-sim" --rate 1000 --orders-per-second 1 --portfolio-per-second 1 \
  --candle-every 1 >"$work/sim" 2>&1 &
pids+=($!)
for _ in $(seq 100); do
  url=$(sed -n 's/^listening on //p' "$work/sim")
  [ -n "$url" ] && break
  sleep 0.1
done
AGENTEXCHANGE_API_KEY=ak_live_check "$build/daemon/tickcached" --config /dev/null --url "$url" \
  --candles BTCUSDT:1m --segment "$segment" --metrics-listen "127.0.0.1:$metrics_port" \
  >"$work/daemon" 2>&1 &
pids+=($!)
"$build/cli/tickcache" --segment "$segment" wait --timeout 30 >/dev/null
"$build/cli/tickcache" --segment "$segment" metrics >"$work/metrics"
grep -q '^tickcache_feed_live{.*} 1$' "$work/metrics"

# It exits with 0 even if it finds something to say.
said=$("$promtool" check metrics <"$work/metrics" 2>&1)
[ -z "$said" ] || { echo "$said"; exit 1; }
"$promtool" check rules docs/alerts.yml
"$promtool" test rules tests/encode/alerts_test.yml
TICKCACHE_STATES="$work/states" "$build/tests/e2e/alert_states"
python3 tests/encode/alert_states.py "$work/states" >"$work/alert_states.yml"
"$promtool" test rules "$work/alert_states.yml"

# Alerts that wait would take minutes; how long they wait is for the tests above.
sed -E 's/^( +for: ).*/\11s/' docs/alerts.yml >"$work/alerts.yml"
cat >"$work/prometheus.yml" <<YAML
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ["$work/alerts.yml"]
scrape_configs:
  - job_name: tickcache
    static_configs: [{targets: ["127.0.0.1:$metrics_port"]}]
YAML
"$prometheus" --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" \
  --web.listen-address="127.0.0.1:$prometheus_port" >"$work/prometheus" 2>&1 &
pids+=($!)
ask() {
  python3 tests/encode/ask_prometheus.py "http://127.0.0.1:$prometheus_port" docs/grafana-dashboard.json "$@" ||
    { tail -n 20 "$work/prometheus" "$work/daemon"; exit 1; }
}
ask
# What goes wrong fires its alert, from the metrics of the daemon itself.
kill "${pids[0]}"  # the exchange
ask TickcacheFeedNotLive
kill "${pids[1]}"  # the daemon
ask TickcacheUnreachable
