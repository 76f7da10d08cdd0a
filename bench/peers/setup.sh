#!/bin/sh
# Installs what the benchmarks compare with: ndpiReader and softflowd from Debian (needs root), nfstream and what its plugins need from PyPI into a virtual environment.
# usage: bench/peers/setup.sh [folder of the virtual environment]
set -eu
venv=${1:-${TMPDIR:-/tmp}/nfstream-peers}

for program in ndpiReader softflowd /usr/bin/time; do
  command -v "$program" >/dev/null || missing=yes
done
if [ -n "${missing:-}" ]; then
  apt-get update
  apt-get install -y --no-install-recommends libndpi-bin softflowd time python3-venv
fi

[ -x "$venv/bin/python" ] || /usr/bin/python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check nfstream==6.6.0 dpkt==1.9.8 PyWavelets==1.9.0
"$venv/bin/python" -c 'from importlib.metadata import version; print("nfstream", version("nfstream"))'
echo "Give the benchmarks: --python $venv/bin/python"
