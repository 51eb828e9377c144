#!/bin/sh
# Makes a guard, and drops, changes, breaks and deletes it while requests pass.
# The gateway of sallyport.yaml runs; these say where, if it is elsewhere:
: "${SALLYPORT:=sallyport}" "${GATEWAY:=http://127.0.0.1:8080}" "${ADMIN:=127.0.0.1:8081}" "${PLUGINS:=plugins.d}"
set -eu
mkdir -p "$PLUGINS"
work=$(mktemp -d)

say() { printf '\n# %s\n' "$*"; }

# ask TEXT prints an answer and, on a line of its own, its status.
ask() {
  curl -sS -w '\n%{http_code}\n' "$GATEWAY/v1/chat/completions" -H "Content-Type: application/json" \
    -d "{\"model\": \"assistant\", \"messages\": [{\"role\": \"user\", \"content\": \"$1\"}]}"
}

# becomes TEXT PATTERN asks until the answer has the pattern.
becomes() {
  tries=0
  until ask "$1" | grep -q -e "$2"; do
    tries=$((tries + 1))
    if [ "$tries" -ge 300 ]; then
      echo "asked \"$1\" 300 times, but never got $2" >&2
      exit 1
    fi
    sleep 0.05
  done
  echo "\"$1\" gets $2, after $tries other answers"
}

# Everyone else, who says nothing that any guard minds.
traffic() {
  while [ ! -e "$work/stop" ]; do
    ask "Hello!" | tail -n 1 >>"$work/statuses"
  done
}
traffic &
others=$!
trap 'touch "$work/stop"; wait "$others" || true; rm -rf "$work"' EXIT

say "no guard"
becomes "Release the kraken!" '^200$'

say "a guard from the template"
"$SALLYPORT" plugin new no-beasts --lang go --dir "$work/no-beasts"
"$SALLYPORT" plugin build "$work/no-beasts"
"$SALLYPORT" plugin test "$work/no-beasts"

say "dropped"
cp "$work/no-beasts/no-beasts.wasm" "$PLUGINS/"
becomes "Release the kraken!" forbidden_word
becomes "Release the squid!" '^200$'

say "changed"
sed 's/default: \[kraken\]/default: [kraken, squid]/' "$work/no-beasts/manifest.yaml" >"$work/manifest.yaml"
mv "$work/manifest.yaml" "$work/no-beasts/manifest.yaml"
"$SALLYPORT" plugin build "$work/no-beasts"
cp "$work/no-beasts/no-beasts.wasm" "$PLUGINS/"
becomes "Release the squid!" forbidden_word

say "broken: the version before serves on"
head -c 100000 "$work/no-beasts/no-beasts.wasm" >"$PLUGINS/no-beasts.wasm"
until "$SALLYPORT" plugin list --admin "$ADMIN" | grep -q rejected; do sleep 0.05; done
"$SALLYPORT" plugin list --admin "$ADMIN"
becomes "Release the squid!" forbidden_word

say "deleted"
rm "$PLUGINS/no-beasts.wasm"
becomes "Release the squid!" '^200$'

touch "$work/stop"
wait "$others"
say "$(wc -l <"$work/statuses" | tr -d ' ') other requests meanwhile; those that failed:"
if grep -v '^200$' "$work/statuses"; then exit 1; fi
echo none
