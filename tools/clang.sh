#!/bin/sh
# Formats and checks the C++ sources, with the releases of LLVM's programs that tools/requirements.txt names: others format a little differently.
# usage: tools/clang.sh format|check|tidy [file ...]
set -eu
cd "$(dirname "$0")/.."

venv=tools/venv
if ! cmp -s tools/requirements.txt "$venv/requirements.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r tools/requirements.txt
  cp tools/requirements.txt "$venv/requirements.txt"
fi

what=${1:?"usage: tools/clang.sh format|check|tidy [file ...]"}
shift
# The files that are named, else all of these patterns; git knows them, so that nothing that was built is among them.
files() {
  if [ "$named" -gt 0 ]; then printf '%s\n' "$@"; else git ls-files -- $patterns; fi
}
named=$#
case $what in
  format) patterns='*.cc *.h' && files "$@" | xargs "$venv/bin/clang-format" -i ;;
  check) patterns='*.cc *.h' && files "$@" | xargs "$venv/bin/clang-format" --dry-run --Werror ;;
  tidy)
    # As binding.gyp compiles them.
    node=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
    ndpi=$(pkg-config --cflags libndpi | sed 's/-I/-isystem /g')
    # The analyzer gives a function up after a third of the steps that it takes by itself, which is most of the time.
    analyzer='-Xclang -analyzer-config -Xclang max-nodes=75000'
    export FLAGS="-std=c++17 -Inative -DNAPI_VERSION=9 -Wall -Wextra -isystem $node/include/node -isystem node_modules/node-addon-api $ndpi $analyzer"
    patterns='native/*.cc' && files "$@" | xargs -P "$(nproc)" -n 4 sh -c '"$0" --quiet "$@" -- $FLAGS' "$venv/bin/clang-tidy"
    ;;
  *) echo "tools/clang.sh knows format, check and tidy, not $what." >&2 && exit 2 ;;
esac
