#!/bin/sh
# Builds the plugins of the tests (clang 14 or newer with wasm32, lld).
set -e
cd "$(dirname "$0")"
for name in guard window; do
  clang --target=wasm32 -Oz -nostdlib -ffreestanding -fno-builtin \
    -Wl,--no-entry -Wl,-z,stack-size=16384 -Wl,--strip-all -o $name.wasm $name.c
done
