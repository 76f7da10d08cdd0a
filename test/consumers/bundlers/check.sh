#!/bin/bash
# Programs in which a bundler has packed nfstream's user: the tarballs of `npm run pack`, installed; each program gives as many flows as one that was not bundled, and
# writes Parquet, which takes a thread. Needs the registry of npm.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
version=$(node -p "require('$root/package.json').version")
platform=linux-$(node -p process.arch)
folder=$(mktemp -d)
server=
cleanup() {
  [ -z "$server" ] || kill "$server" 2> /dev/null || true
  rm -rf "$folder"
}
trap cleanup EXIT
export NEXT_TELEMETRY_DISABLED=1

cp -r "$here/." "$folder"
cd "$folder"
npm install --silent --ignore-scripts --no-audit --no-fund --no-save "$root/packaging/out/nfstream-$version.tgz" "$root/packaging/out/nfstream-$platform-$version.tgz"
npm rebuild --silent esbuild
cp "$root/fixtures/office.pcap" .
expected=$(node program.mjs)

passed=0 failed=0
check() { # name; what it wrote
  if [ "$2" = "$expected" ]; then passed=$((passed + 1)) && echo "ok      $1"; else failed=$((failed + 1)) && printf 'FAILED  %s\n        %s\n' "$1" "$2"; fi
}

bundle=(npx esbuild program.mjs --bundle --platform=node --log-level=warning)
"${bundle[@]}" --format=esm --external:nfstream --outfile=built/esbuild.mjs
check esbuild "$(node built/esbuild.mjs)"
"${bundle[@]}" --format=cjs --external:nfstream --outfile=built/esbuild.cjs
check 'esbuild, CommonJS' "$(node built/esbuild.cjs)"
"${bundle[@]}" --format=esm --outfile=built/inside.mjs
said=$(node built/inside.mjs 2>&1 || true)
case $said in *"--external:nfstream"*) said=$expected ;; esac
check 'esbuild, with nfstream inside: says what to do' "$said"

npx webpack --config webpack.config.mjs > webpack.log || cat webpack.log
check webpack "$(node built/webpack.mjs)"

npx vite build --config vite.config.mjs > vite.log || cat vite.log
check 'Vite, for a server' "$(node built/vite.mjs)"

get() { node -e 'fetch(process.argv[1]).then((answer) => answer.text()).then((text) => console.log(text.trim()))' "$1" 2> /dev/null || cat next.log; }
for bundler in turbopack webpack; do
  rm -rf .next
  npx next build "--$bundler" > next.log 2>&1 || cat next.log
  node node_modules/next/dist/bin/next start --hostname 127.0.0.1 --port 0 > next.log 2>&1 &
  server=$!
  address=
  for _ in $(seq 300); do
    address=$(sed -n 's|.*\(http://[^ ]*\).*|\1|p' next.log | head -n 1)
    grep -q Ready next.log && [ -n "$address" ] && break
    sleep 0.2
  done
  check "Next.js, $bundler, a route handler" "$(get "$address/flows")"
  check "Next.js, $bundler, a server component" "$(get "$address/" | grep -o 'flows: [0-9]*, labelled: [0-9]*' | head -n 1)"
  kill "$server" 2> /dev/null || true
  server=
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
