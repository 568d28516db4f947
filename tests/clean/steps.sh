# shellcheck shell=bash
# For newcomer.sh and release.sh, which set report: commands of README.md and docs/install.md, tried one by one.
source=$PWD
pages=("$source/README.md" "$source/docs/install.md")
failed=0
pids=()
trap '[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null' EXIT

# try WHAT COMMAND…: one test. Appends "passed WHAT" or "failed WHAT" to the report.
try() {
  local what=$1 begun=$SECONDS verdict=passed
  shift
  echo "  $what"
  "$@" >/tmp/said 2>&1 </dev/null || verdict=failed
  if [ "$verdict" = failed ]; then
    tail -n 60 /tmp/said
    failed=1
  fi
  echo "  $verdict after $((SECONDS - begun)) s"
  echo "$verdict $what" >>"$report"
}

# page LINE: runs a line of the pages, so that what is tried is what they say.
page() {
  grep -qF -- "$1" "${pages[@]}" || { echo "on neither page: $1" >&2; return 1; }
  bash -ec "$1"
}

# The code block of the pages that contains a text.
block() {
  awk -v text="$1" '/^```/ { if (inside && keep ~ text) { printf "%s", keep; exit } inside = !inside; keep = ""; next }
    { keep = keep $0 "\n" }' "${pages[@]}"
}

# start_feed SIM TICKCACHED: something to read.
start_feed() {
  local url=''
  "$1" --rate 200 >/tmp/sim 2>&1 &
  pids+=($!)
  for _ in $(seq 100); do
    url=$(sed -n 's/^listening on //p' /tmp/sim)
    [ -z "$url" ] || break
    sleep 0.1
  done
  AGENTEXCHANGE_API_KEY=ak_live_demo "$2" --url "$url" >/tmp/daemon 2>&1 &
  pids+=($!)
  tickcache wait BTCUSDT --timeout 300
}

# cmake_project FOLDER TEXT [OPTION…]: builds the README's C++ program in FOLDER with the block of CMake that contains
# TEXT, and reads a price with it.
cmake_project() {
  mkdir -p "$1" && block 'tickcache::Reader cache' >"$1/price.cpp" && block "$2" >"$1/page.cmake" &&
    printf '%s\n' 'cmake_minimum_required(VERSION 3.25)' 'project(strategy CXX)' 'add_executable(strategy price.cpp)' \
      'include(page.cmake)' >"$1/CMakeLists.txt" &&
    cmake -G Ninja -S "$1" -B "$1/build" "${@:3}" && cmake --build "$1/build" && "$1/build/strategy" BTCUSDT
}

wheel() {
  page 'apt install python3-venv' && page 'python3 -m venv venv' &&
    page 'venv/bin/pip install ./tickcache-0.1.0-*.whl' &&
    venv/bin/python -c 'import tickcache; print(tickcache.Cache().price("BTCUSDT"))'
}
