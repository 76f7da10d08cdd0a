#!/bin/bash
# Makes a root of what this machine has, in a second and without a network: a shell, the few programs that npm and the test call, and the libraries of these, of Node and of the clone's
# own build. Nothing else is in it: no compiler, no headers, no Python.
# usage: test/install/small-root.sh FOLDER NODE OBJECT ...
set -euo pipefail
folder=$1 node=$2
shift 2
rm -rf "$folder"
mkdir -p "$folder"/{etc,tmp,proc,dev,home,usr/bin,usr/lib,usr/lib64}
for name in bin lib lib64; do ln -s "usr/$name" "$folder/$name"; done
chmod 1777 "$folder/tmp"
printf 'root:x:0:0::/:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n' > "$folder/etc/passwd"
programs=(sh env cat wc du grep find)
for name in "${programs[@]}"; do cp -L "$(command -v "$name")" "$folder/usr/bin/$name"; done
# Each library once, where the loader looks; the loader itself where programs name it.
for file in "$node" "$@" "${programs[@]/#/$folder/usr/bin/}"; do ldd "$file"; done | sed -n 's/.*\(=>\|^\)[[:space:]]*\(\/[^ ]*\) (.*/\2/p' | sort -u |
  while read -r library; do
    case $library in
      */ld-linux*) mkdir -p "$folder$(dirname "$library")" && cp -L "$library" "$folder$library" ;;
      *) cp -L "$library" "$folder/usr/lib/" ;;
    esac
  done
