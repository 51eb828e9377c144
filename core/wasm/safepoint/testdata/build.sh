#!/bin/sh
# Builds the C guests (clang 14 or newer with wasm32, lld).
set -e
cd "$(dirname "$0")"
for f in *.c; do
  features=""
  case $f in simd.c) features="-msimd128" ;; copy.c) features="-mbulk-memory" ;; esac
  clang --target=wasm32 -O2 -nostdlib -ffreestanding -fno-builtin $features \
    -Wl,--no-entry -Wl,-z,stack-size=16384 -o "${f%.c}.wasm" "$f"
done
# The Rust guests (rustc 1.63 or newer with wasm32-unknown-unknown).
for f in *.rs; do
  "${RUSTC:-rustc}" --target wasm32-unknown-unknown -O -C panic=abort -C linker="${WASM_LD:-wasm-ld}" \
    -C link-arg=--strip-debug -C link-arg=-zstack-size=16384 --crate-type cdylib -o "rust_${f%.rs}.wasm" "$f"
done
