#!/bin/sh
# An app, made with curl, for machines without an SDK. client.py says what it can do.
set -eu
verb=$1 route=$2

# ask TEXT true|false prints the status of one call, then the text or the error; the
# last is whether to stream.
ask() {
  got=$(curl -sS -m 120 -w '\n%{http_code}' "$OPENAI_BASE_URL/chat/completions" -H "Content-Type: application/json" -d "{
    \"model\": \"$route\", \"max_tokens\": 8, \"temperature\": 0, \"stream\": $2,
    \"messages\": [{\"role\": \"user\", \"content\": \"$1\"}]}") || { echo "0 no answer: curl says $?"; return; }
  status=${got##*
}
  case "$2 $status $got" in
    'true 200 '*'"finish_reason":"'*'data: [DONE]'*) echo '200 a whole stream' ;;
    'true 200 '*) echo '0 a stream that does not finish' ;;
    *' 200 '*) echo "200 $(field content "$got")" ;;
    *) echo "$status $(field code "$got" | tr -d '"'): $(field message "$got" | sed 's/^"//; s/"$//')" ;;
  esac
}

# field NAME JSON prints a text of a document as it stands there.
field() { printf '%s\n' "$2" | sed -n 's/.*"'"$1"'": *\("\([^"\\]\|\\.\)*"\).*/\1/p' | head -n 1; }

case $verb in
  ask) ask "$3" false ;;
  until)
    begin=$(date +%s)
    until answer=$(ask "$3" false) && printf '%s\n' "$answer" | grep -q -e "$4"; do
      if [ "$(($(date +%s) - begin))" -gt 180 ]; then
        echo "asked \"$3\" for three minutes, but the last answer is $answer, not $4" >&2
        exit 1
      fi
      sleep 0.05
    done
    printf '%s\n(asked for %s s)\n' "$answer" "$(($(date +%s) - begin))"
    ;;
  traffic)
    whole=0 streams=0 failures=0 stream=false
    while [ ! -e "$3" ]; do
      answer=$(ask "1, 2, 3, 4, 5," "$stream")
      case "$stream $answer" in
        'false 200 '*) whole=$((whole + 1)) ;;
        'true 200 '*) streams=$((streams + 1)) ;;
        *) failures=$((failures + 1)) && echo "$answer" >&2 ;;
      esac
      if [ "$stream" = true ]; then stream=false; else stream=true; fi
    done
    echo "$whole whole answers and $streams streams; requests that failed: $failures"
    [ "$failures" = 0 ] && [ "$whole" -gt 0 ] && [ "$streams" -gt 0 ]
    ;;
  *) echo "unknown verb $verb" >&2 && exit 2 ;;
esac
