#!/bin/sh
# Installs what nfstream is built and tested with on Debian or Ubuntu, then builds it. Safe to run again.
set -eu
cd "$(dirname "$0")"

packages="g++ make pkg-config python3 python3-venv libpcap-dev zlib1g-dev libzstd-dev liblz4-dev libndpi-dev doctest-dev tmux"

missing=""
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
  as_root=""
  [ "$(id -u)" -eq 0 ] || as_root="sudo"
  $as_root apt-get update -q
  # shellcheck disable=SC2086
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
fi

npm ci --no-fund --no-audit
