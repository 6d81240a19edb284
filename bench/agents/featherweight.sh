#!/usr/bin/env bash
# An agent that weighs almost nothing, so that a benchmark measures the daemon: the codex app-server protocol in bash
# builtins, one process, no forks. Each turn lasts SECONDS and says EVENTS_PER_SECOND things; then, with a tool to do
# so, it sets its issue to Done.
#
#   featherweight.sh EVENTS_PER_SECOND SECONDS [STATE]
rate=${1:?events a second} seconds=${2:?seconds} state=${3-Done}
turn=0 pending=''

number_of() { [[ $1 =~ \"id\":([0-9]+) ]] && id=${BASH_REMATCH[1]}; }

# Reads what the client says until `until_us`; an end of input is the end of the agent.
listen_until() {
  local now wait line
  while now=${EPOCHREALTIME/[.,]/}; wait=$(($1 - now)); [ "$wait" -gt 0 ]; do
    printf -v wait '%d.%06d' $((wait / 1000000)) $((wait % 1000000))
    IFS= read -r -t "$wait" line
    local status=$?
    if [ "$status" -gt 128 ]; then continue; fi
    if [ "$status" -ne 0 ]; then exit 0; fi
    hear "$line"
  done
}

hear() {
  case $1 in
    *'"method":"initialize"'*) number_of "$1"; printf '{"id":%s,"result":{"userAgent":"featherweight"}}\n' "$id" ;;
    *'"method":"thread/start"'*) number_of "$1"; printf '{"id":%s,"result":{"thread":{"id":"thread-%s"}}}\n' "$id" $$ ;;
    *'"method":"turn/start"'*) number_of "$1"; turn=$((turn + 1)); pending=$id ;;
    *'"method":"turn/interrupt"'*) number_of "$1"; printf '{"id":%s,"result":{}}\n' "$id"; finish interrupted ;;
  esac
}

finish() {
  printf '{"method":"turn/completed","params":{"threadId":"thread-%s","turn":{"id":"turn-%s","status":"%s","items":[],"error":null}}}\n' \
    $$ "$turn" "$1"
}

take_turn() {
  local started=${EPOCHREALTIME/[.,]/} said=0 total=$((rate * seconds))
  printf '{"id":%s,"result":{"turn":{"id":"turn-%s","status":"inProgress"}}}\n' "$pending" "$turn"
  printf '{"method":"turn/started","params":{"threadId":"thread-%s","turn":{"id":"turn-%s"}}}\n' $$ "$turn"
  pending=''
  while [ "$said" -lt "$total" ]; do
    said=$((said + 1))
    listen_until $((started + said * 1000000 / rate))
    if [ $((said % 5)) -eq 0 ]; then
      printf '{"method":"thread/tokenUsage/updated","params":{"threadId":"thread-%s","turnId":"turn-%s","tokenUsage":{"total":{"totalTokens":%s,"inputTokens":%s,"outputTokens":%s},"last":{"totalTokens":50}}}}\n' \
        $$ "$turn" $((said * 10)) $((said * 8)) $((said * 2))
    else
      printf '{"method":"item/completed","params":{"threadId":"thread-%s","turnId":"turn-%s","item":{"type":"agentMessage","id":"item-%s","text":"step %s of %s"}}}\n' \
        $$ "$turn" "$said" "$said" "$total"
    fi
  done
  listen_until $((started + seconds * 1000000))
  if [ -n "$state" ]; then
    printf '{"id":%s,"method":"item/tool/call","params":{"threadId":"thread-%s","turnId":"turn-%s","callId":"call-%s","tool":"%s","arguments":{"action":"set_state","state":"%s"}}}\n' \
      "$turn" $$ "$turn" "$turn" "${SYMPHONY_TOOL:-local_issue}" "$state"
    IFS= read -r line || exit 0
  fi
  finish completed
}

while IFS= read -r line; do
  hear "$line"
  if [ -n "$pending" ]; then take_turn; fi
done
