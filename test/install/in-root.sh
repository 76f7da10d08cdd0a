#!/bin/bash
# Runs a command beside a root file system in which it may do anything: TOP is its folder, a copy whose changes are in memory, without a network but its own loopback. All that is
# mounted stands in namespaces of its own, and goes away with them. Needs root.
# usage: test/install/in-root.sh ROOT COMMAND [parameter ...]
set -euo pipefail
# shellcheck disable=SC2016
exec unshare --mount --pid --fork --net bash -euc '
  root=$1
  shift
  ip link set lo up
  memory=$(mktemp -d)
  mount -t tmpfs -o size=2g tmpfs "$memory"
  mkdir "$memory"/{over,work,top}
  mount -t overlay overlay -o "lowerdir=$root,upperdir=$memory/over,workdir=$memory/work" "$memory/top"
  mount -t proc proc "$memory/top/proc"
  export TOP=$memory/top
  "$@"' sh "$@"
