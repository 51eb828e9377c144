#!/bin/sh
# Builds the guests (clang 14 or newer with wasm32, lld; rustc 1.63 or newer with
# wasm32-unknown-unknown). The Go guest is built by the tests.
set -e
cd "$(dirname "$0")"
clang --target=wasm32 -O2 -nostdlib -ffreestanding -fno-builtin \
  -Wl,--no-entry -Wl,-z,stack-size=16384 -Wl,--strip-debug -o c.wasm guest.c
"${RUSTC:-rustc}" --target wasm32-unknown-unknown -O -C panic=abort -C linker="${WASM_LD:-wasm-ld}" \
  -C link-arg=--strip-debug -C link-arg=-zstack-size=16384 --crate-type cdylib -o rust.wasm guest.rs
chmod 644 ./*.wasm # the linkers make them executable
