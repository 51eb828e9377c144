#!/bin/sh
# Builds the bad guards of the kit's tests (clang 14 or newer with wasm32, lld).
set -e
cd "$(dirname "$0")"
clang --target=wasm32 -std=c11 -O2 -mbulk-memory -ffreestanding -nostdlib -I ../../c \
  -Wl,--no-entry -Wl,-z,stack-size=16384 -Wl,--strip-all -o bad.wasm bad.c
