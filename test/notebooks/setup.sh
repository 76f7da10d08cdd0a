#!/bin/sh
# Installs what the notebooks of examples/ need, and what executes them, from PyPI into a virtual environment. Safe to run again.
# usage: test/notebooks/setup.sh [folder of the virtual environment]
set -eu
here=$(dirname "$0")
venv=${1:-$here/venv}

[ -x "$venv/bin/python" ] || /usr/bin/python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/../../examples/notebooks/requirements.txt" nbclient==0.10.2 ipykernel==6.30.1
