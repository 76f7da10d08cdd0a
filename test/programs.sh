#!/bin/sh
# Installs the programs that some tests drive, or hold our output against: without one of them its tests say that they were not tried. For Debian or Ubuntu; needs root.
set -eu

packages="iproute2 procps tcpdump tshark wireshark-common systemd"

missing=""
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
apt-get update -q
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
