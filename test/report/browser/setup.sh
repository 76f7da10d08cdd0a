#!/bin/sh
# Installs what the checks of a report's page need: Debian's chromium, and what drives it. Safe to run again.
# usage: test/report/browser/setup.sh
set -eu
here=$(dirname "$0")

command -v chromium >/dev/null || apt-get install -y --no-install-recommends chromium fonts-dejavu-core
npm ci --prefix "$here" --ignore-scripts --no-fund --no-audit
