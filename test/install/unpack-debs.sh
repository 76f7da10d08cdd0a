#!/bin/bash
# Unpacks Debian's packages into a folder, with lists and a cache of its own, so that nothing of this machine's packages changes.
# usage: test/install/unpack-debs.sh FOLDER RELEASE ARCHITECTURE PACKAGE ...
set -euo pipefail
folder=$1 release=$2 architecture=$3
shift 3
[ ! -e "$folder/.whole" ] || exit 0
apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt"/{lists/partial,cache/archives/partial,sources} "$folder"
cat > "$apt/sources/debian.sources" <<END
Types: deb
URIs: ${NFSTREAM_PACK_MIRROR:-http://deb.debian.org/debian}
Suites: $release
Components: main
Architectures: $architecture
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
options=(-qq -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture" -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$apt/sources"
  -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o Dir::State::Status=/dev/null -o APT::Sandbox::User=)
apt-get "${options[@]}" update
(cd "$apt" && apt-get "${options[@]}" download "$@")
for package in "$apt"/*.deb; do dpkg-deb -x "$package" "$folder"; done
touch "$folder/.whole"
