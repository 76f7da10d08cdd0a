#!/bin/sh
# Installs what predict() and examples/ml need: onnxruntime-node beside the other packages, and scikit-learn in a virtual environment. Safe to run again.
# usage: test/predict/setup.sh [folder of the virtual environment]
set -eu
here=$(dirname "$0")
venv=${1:-$here/venv}

# Its install script would fetch what GPUs need.
npm ci --prefix "$here/runtime" --ignore-scripts --no-fund --no-audit
ln -sfn ../test/predict/runtime/node_modules/onnxruntime-node "$here/../../node_modules/onnxruntime-node"

[ -x "$venv/bin/python" ] || /usr/bin/python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/../../examples/ml/requirements.txt"
