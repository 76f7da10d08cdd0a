#!/bin/sh
# Tests the Spark package with a real Spark, in a virtual environment that it makes when it is not there.
# usage: integrations/spark/check.sh [arguments of pytest]
# NFSTREAM_SPARK_VENV names another folder for the environment, NFSTREAM_COMMAND another command than the one that was built here.
set -eu
cd "$(dirname "$0")"
venv=${NFSTREAM_SPARK_VENV:-$PWD/.venv}

if ! java -version >/dev/null 2>&1; then
  echo "Spark needs Java 17 or later, and there is no java here; on Debian or Ubuntu: apt-get install -y openjdk-17-jre-headless" >&2
  exit 1
fi
if [ ! -f ../../dist/cli/main.js ]; then
  echo "The command is not built; run setup.sh at the root." >&2
  exit 1
fi

# As read, and written when all is there: an environment that was cut off is made again.
wanted=$(cat requirements.txt pyproject.toml)
if [ ! -f "$venv/installed" ] || [ "$(cat "$venv/installed")" != "$wanted" ]; then
  python3=$(command -v /usr/bin/python3 || command -v python3)
  "$python3" -m venv --clear "$venv"
  # With a wheel of its own, which pip keeps, Spark is built once: it is 456 MB of source.
  "$venv/bin/pip" install --quiet --disable-pip-version-check --use-pep517 --requirement requirements.txt
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --editable .
  printf '%s\n' "$wanted" >"$venv/installed"
fi
exec "$venv/bin/python" -m pytest --quiet "$@"
