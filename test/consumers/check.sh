#!/bin/sh
# What users get: the packed package, installed into a project of their own, whose strict types compile with every setting of moduleResolution that Node's projects
# have, under the compiler of today and that of before. Needs dist/ as `npm ci` leaves it.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cp -r "$root/test/consumers/types/." "$folder"
cd "$root"
tarball=$(npm pack --silent --ignore-scripts --pack-destination "$folder")
cd "$folder"
npm install --silent --ignore-scripts --no-audit --no-fund --no-save "./$tarball"

for compiler in typescript typescript-5; do
  for setting in "node16 node16" "nodenext nodenext" "esnext bundler"; do
    node "node_modules/$compiler/bin/tsc" -p . --module "${setting% *}" --moduleResolution "${setting#* }"
    echo "types: $compiler $(node -p "require('./node_modules/$compiler/package.json').version"), moduleResolution ${setting#* }"
  done
done
