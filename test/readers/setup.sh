#!/bin/sh
# Installs the Python programs that must read our files, and what test/cic/features.py needs, from PyPI into a virtual environment. Safe to run again.
# usage: test/readers/setup.sh [folder of the virtual environment]
set -eu
venv=${1:-$(dirname "$0")/venv}
packages="pyarrow==26.0.1 pandas==3.1.1 polars==2.1.0 duckdb==2.0.1 nfstream==6.6.0 dpkt==1.9.8"

[ -x "$venv/bin/python" ] || /usr/bin/python3 -m venv "$venv"
# shellcheck disable=SC2086
"$venv/bin/pip" install --quiet --disable-pip-version-check $packages
