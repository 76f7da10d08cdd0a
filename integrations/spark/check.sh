#!/bin/sh
# Tests the Spark package with a real Spark, in a virtual environment that it makes when it is not there.
# usage: integrations/spark/check.sh [--short] [arguments of pytest]
# --short: only the tests that start no Spark, with Spark's client alone: no Java, and a fifth of the bytes.
# NFSTREAM_SPARK_VENV names another folder for the environment, NFSTREAM_COMMAND another command than the one that was built here.
set -eu
cd "$(dirname "$0")"
venv=${NFSTREAM_SPARK_VENV:-$PWD/.venv}
requirements=$(cat requirements.txt)
short=""
if [ "${1:-}" = "--short" ]; then
  shift
  short=yes
  venv=$venv-short
  # The oldest release that the package takes.
  requirements=$(printf '%s\n' "$requirements" | sed 's/^pyspark==.*/pyspark-client==4.2.0/')
  set -- tests/test_captures.py tests/test_capture_log.py tests/test_columns.py tests/test_command.py tests/test_options.py tests/test_piece_shares.py "$@"
fi

if [ -z "$short" ] && ! java -version >/dev/null 2>&1; then
  echo "Spark needs Java 17 or later, and there is no java here; on Debian or Ubuntu: apt-get install -y openjdk-17-jre-headless" >&2
  exit 1
fi
if [ ! -f ../../dist/cli/main.js ]; then
  echo "The command is not built; run setup.sh at the root." >&2
  exit 1
fi

# As read, and written when all is there: an environment that was cut off is made again.
wanted=$(printf '%s\n' "$requirements" && cat pyproject.toml)
if [ ! -f "$venv/installed" ] || [ "$(cat "$venv/installed")" != "$wanted" ]; then
  python3=$(command -v /usr/bin/python3 || command -v python3)
  "$python3" -m venv --clear "$venv"
  printf '%s\n' "$requirements" >"$venv/requirements.txt"
  # With a wheel of its own, which pip keeps, Spark is built once: it is 456 MB of source.
  "$venv/bin/pip" install --quiet --disable-pip-version-check --use-pep517 --requirement "$venv/requirements.txt"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --editable .
  printf '%s\n' "$wanted" >"$venv/installed"
fi
exec "$venv/bin/python" -m pytest --quiet "$@"
