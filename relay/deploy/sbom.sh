#!/bin/sh
# Writes what the relay is made of, as CycloneDX 1.5 JSON, to the file named. Run it at the top of the source tree.
# Needs: cargo install cargo-cyclonedx --locked
set -eu
out=${1:?name a file, for instance sbom.json}
cargo cyclonedx --quiet --manifest-path relay/Cargo.toml --format json --spec-version 1.5 \
    --describe binaries --target x86_64-unknown-linux-gnu
# References to our own crates hold this machine's path.
sed "s|$PWD|.|g" relay/konvolutt_bin.cdx.json > "$out"
# One file is made for every member that is built; none belongs into the source tree.
find . -name '*.cdx.json' -not -path './target/*' -not -path "./$out" -exec rm {} +
