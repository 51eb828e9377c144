#!/bin/sh
# The whole way of a newcomer, told as it happens: build the gateway, start it before a model, write a
# guard from the template, and drop, change, break, delete and list it while apps ask all the time.
#
#   ./run.sh          with a real model and OpenAI's SDK where they are installed; it says what it uses
#   ./run.sh --bare   with a mock provider and curl in any case
#
# BIN is the folder that the programs are built into, SALLYPORT_E2E_DIR where `make e2e-setup` has put
# the model and the SDK. Ports are free ones; nothing is left behind.
set -eu
case "$*" in '' | --bare) ;; *) echo "usage: ${0##*/} [--bare]" >&2 && exit 2 ;; esac
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
bin=${BIN:-$root/.build}
e2e=${SALLYPORT_E2E_DIR:-${HOME:-}/.cache/sallyport/e2e}
export PATH="$bin:$PATH" NO_PROXY=127.0.0.1 no_proxy=127.0.0.1

work=$(mktemp -d)
model='' gateway='' apps=''
cleanup() {
  status=$?
  trap - EXIT
  touch "$work/stop" # ends the apps
  for pid in $gateway $model; do kill "$pid" 2>/dev/null || true; done
  for pid in $apps $gateway $model; do wait "$pid" 2>/dev/null || true; done
  [ "$status" = 0 ] || tail -n 20 "$work"/*.log >&2 || true
  rm -rf "$work"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

say() { printf '\n# %s\n' "$*"; }
die() { echo "run.sh: $*" >&2 && exit 1; }

# run COMMAND… shows a command and runs it.
run() { echo "$ $*" && "$@"; }

# waitfor PID LOG PATTERN waits, for three minutes at most, until a program has printed a line, and prints
# what the pattern's group is.
waitfor() {
  tries=0
  until grep -qs "$3" "$2"; do
    kill -0 "$1" 2>/dev/null || die "it has ended before it was ready; its log: $(cat "$2")"
    [ "$((tries += 1))" -le 1800 ] || die "it was not ready within three minutes; its log: $(cat "$2")"
    sleep 0.1
  done
  sed -n "s|.*$3.*|\1|p" "$2" | head -n 1
}

# edit FILE FROM TO changes one text of a file, as in an editor.
edit() {
  grep -qF -e "$2" "$1" || die "$1 has no \"$2\" to edit"
  echo "$1: \"$2\" becomes \"$3\""
  from=$2 to=$3 awk '(i = index($0, ENVIRON["from"])) {
    $0 = substr($0, 1, i - 1) ENVIRON["to"] substr($0, i + length(ENVIRON["from"]))
  } { print }' "$1" >"$1.new"
  mv "$1.new" "$1"
}

# listed shows what the gateway says of the file.
listed() {
  echo "$ sallyport plugin list --admin $admin | grep -e FILE -e no-beasts"
  sallyport plugin list --admin "$admin" | grep -e FILE -e no-beasts
}

# becomes ROUTE TEXT PATTERN asks until the answer has the pattern.
becomes() {
  echo "$1 ← \"$2\""
  client until "$@"
}

say "The gateway, built as the README says"
echo "$ make build"
make -s -C "$root" build BIN="$bin"
run sallyport --version

say "The model and the apps"
cd "$work"
sdk=''
if [ "${1:-}" != --bare ]; then
  for python in "$e2e/venv/bin/python" python3; do
    "$python" -c 'import openai' 2>/dev/null && sdk=$python && break
  done
fi
if [ -n "$sdk" ]; then
  client() { "$sdk" -B "$here/client.py" "$@"; }
  echo "apps: OpenAI's official SDK for Python, $("$sdk" -c 'import openai; print(openai.__version__)')"
else
  client() { "$here/client.sh" "$@"; }
  echo "apps: curl, NOT AN SDK (\`make e2e-setup\` installs one)"
fi
if [ "${1:-}" != --bare ] && "$root/cmd/sallyport/e2e/setup.sh" --check 2>/dev/null; then
  echo "model: Gemma 3 270M in llama.cpp, a real one"
  "$e2e/llama-server" --offline --no-ui --host 127.0.0.1 --port 0 --model "$e2e/model.gguf" \
    --chat-template-file "$root/cmd/sallyport/e2e/template.jinja" --ctx-size 8192 --parallel 4 --threads 1 \
    >model.log 2>&1 &
  model=$!
  upstream=$(waitfor "$model" model.log 'listening on http://\([0-9.:]*\)')
else
  echo "model: a mock provider, NOT A REAL MODEL (\`make e2e-setup\` installs one)"
  mockprovider --listen 127.0.0.1:0 --latency 5ms --chunks 4 --scenario 'text=I am a mock and no model.' >model.log 2>&1 &
  model=$!
  upstream=$(waitfor "$model" model.log 'serves http://\([0-9.:]*\)')
fi

say "The gateway before it, with an empty plugin folder"
sed -e "s/127\.0\.0\.1:9090/$upstream/" -e 's/^listen: .*/listen: 127.0.0.1:0\nadmin: {listen: 127.0.0.1:0}/' \
  "$here/sallyport.yaml" >sallyport.yaml
mkdir -m 700 plugins.d
run sallyport check --config sallyport.yaml
echo "$ sallyport serve --config sallyport.yaml &"
sallyport serve --config sallyport.yaml >gateway.log 2>&1 &
gateway=$!
admin=$(waitfor "$gateway" gateway.log 'for the operator: http://\([0-9.:]*\)')
OPENAI_BASE_URL=$(waitfor "$gateway" gateway.log ' serves \(http://[0-9.:]*\)')/v1
export OPENAI_BASE_URL OPENAI_API_KEY=none # without keys: the gateway serves this machine alone
echo "serves $OPENAI_BASE_URL, and the operator at $admin"
becomes assistant "1, 2, 3, 4, 5," '^200 '
client traffic assistant "$work/stop" >traffic.log 2>&1 &
apps=$!
echo "from here on apps ask the route assistant all the time, whole and streamed"

say "No guard: everything passes"
becomes assistant "Release the kraken!" '^200 '

say "A guard from the template, edited, built and tested"
run sallyport plugin new no-beasts --lang go
edit no-beasts/manifest.yaml 'on_error: closed' 'on_error: closed
limits: {deadline: 10s}'
edit no-beasts/main.go 'The prompt contains a forbidden word. Remove it and try again.' 'No krakens here.'
edit no-beasts/cases/block.txtar 'The prompt contains a forbidden word. Remove it and try again.' 'No krakens here.'
run sallyport plugin build no-beasts
run sallyport plugin test no-beasts

say "Dropped: live without a restart"
run cp no-beasts/no-beasts.wasm plugins.d/
becomes assistant "Release the kraken!" '^400 forbidden_word: No krakens here\.'
becomes assistant "Release the squid!" '^200 '

say "Changed: another word, another verdict"
edit no-beasts/manifest.yaml 'default: [kraken]' 'default: [kraken, squid]'
edit no-beasts/main.go 'No krakens here.' 'No beasts at all.'
edit no-beasts/cases/block.txtar 'No krakens here.' 'No beasts at all.'
run sallyport plugin build no-beasts
run sallyport plugin test no-beasts
run cp no-beasts/no-beasts.wasm plugins.d/
becomes assistant "Release the squid!" '^400 forbidden_word: No beasts at all\.'
becomes assistant "Release the kraken!" '^400 forbidden_word: No beasts at all\.'

say "Broken: the file arrives cut off, and the version before it serves on"
echo "$ head -c 1000000 no-beasts/no-beasts.wasm > plugins.d/no-beasts.wasm"
head -c 1000000 no-beasts/no-beasts.wasm >plugins.d/no-beasts.wasm
tries=0
until [ -s plugins.d/no-beasts.wasm.rejected ]; do
  [ "$((tries += 1))" -le 1800 ] || die "the broken file was not rejected within three minutes"
  sleep 0.1
done
run cat plugins.d/no-beasts.wasm.rejected
listed
becomes assistant "Release the squid!" '^400 forbidden_word: No beasts at all\.'

say "Deleted: no guard again"
run rm plugins.d/no-beasts.wasm
becomes assistant "Release the squid!" '^200 '

say "Listed: the route strict asks for it by name, and does not serve without it"
edit sallyport.yaml '- name: strict' '- name: strict
    plugins: [guardrail.no-beasts]'
becomes strict "Hello!" '^503 plugin_unavailable'
run cp no-beasts/no-beasts.wasm plugins.d/
becomes strict "Hello!" '^200 '
becomes strict "Release the kraken!" '^400 forbidden_word: No beasts at all\.'

say "Deleted while it is listed: the route fails closed, and is back when the file is"
run rm plugins.d/no-beasts.wasm
becomes strict "Hello!" '^503 plugin_unavailable'
run cp no-beasts/no-beasts.wasm plugins.d/
becomes strict "Release the kraken!" '^400 forbidden_word: No beasts at all\.'
listed

say "The apps that asked all the time"
touch stop
failed=0
wait "$apps" || failed=1
apps=''
cat traffic.log
run sallyport usage --config sallyport.yaml --by route
kill "$gateway"
wait "$gateway" || die "the gateway did not end well"
gateway=''
exit "$failed"
