#!/bin/sh
# Damaged captures through the whole engine, more than 2,000 variants: of the captures beside the clone where they are, else of the fixtures.
set -eu
cd "$(dirname "$0")/../.."
captures=${NFSTREAM_CAPTURES:-../shared/captures}
if [ -d "$captures" ]; then variants=4; else captures=fixtures/built variants=30; fi
make --silent -j 2 -C test/native fuzz CAPTURES="$(realpath "$captures")" N="$variants"
