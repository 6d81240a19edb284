#!/usr/bin/env bash
# An agent that weighs almost nothing and works on issues of Linear: the codex app-server protocol in bash builtins, one
# process, no forks. A turn lasts as long as its prompt says ("Work for 1500 ms"). Then the issue is moved to Done and the
# turn ends. What happened when goes to JOURNAL, one line each: microseconds of the epoch, what, the issue's identifier;
# what the daemon said to a call that it refused goes to JOURNAL.refusals.
#
#   linear-worker.sh JOURNAL EVENTS_PER_SECOND tool STATE_ID    moves the issue itself, with linear_graphql
#   linear-worker.sh JOURNAL EVENTS_PER_SECOND told PORT        tells the fake on this port, which moves it
journal=${1:?a file} rate=${2:?events a second} how=${3:?tool or told} where=${4:?the id of a state, or a port}
turn=0 pending=''
mutation='mutation Finish($id: String!, $state: String!) { issueUpdate(id: $id, input: { stateId: $state }) { success } }'

note() { printf '%s %s %s\n' "${EPOCHREALTIME/[.,]/}" "$1" "$SYMPHONY_ISSUE_IDENTIFIER" >>"$journal"; }
number_of() { [[ $1 =~ \"id\":([0-9]+) ]] && id=${BASH_REMATCH[1]}; }

# Reads what the client says until `until_us`; an end of input is the end of the agent.
listen_until() {
  local now wait line status
  while now=${EPOCHREALTIME/[.,]/}; wait=$(($1 - now)); [ "$wait" -gt 0 ]; do
    printf -v wait '%d.%06d' $((wait / 1000000)) $((wait % 1000000))
    IFS= read -r -t "$wait" line
    status=$?
    if [ "$status" -gt 128 ]; then continue; fi
    if [ "$status" -ne 0 ]; then exit 0; fi
    hear "$line"
  done
}

hear() {
  case $1 in
    *'"method":"initialize"'*) number_of "$1"; printf '{"id":%s,"result":{"userAgent":"linear-worker"}}\n' "$id" ;;
    *'"method":"thread/start"'*) number_of "$1"; printf '{"id":%s,"result":{"thread":{"id":"thread-%s"}}}\n' "$id" $$ ;;
    *'"method":"turn/start"'*)
      number_of "$1"; turn=$((turn + 1)); pending=$id
      [[ $1 =~ Work\ for\ ([0-9]+)\ ms ]] && work_us=$((BASH_REMATCH[1] * 1000)) ;;
    *'"method":"turn/interrupt"'*) number_of "$1"; printf '{"id":%s,"result":{}}\n' "$id"; end_turn interrupted ;;
  esac
}

end_turn() {
  printf '{"method":"turn/completed","params":{"threadId":"thread-%s","turn":{"id":"turn-%s","status":"%s","items":[],"error":null}}}\n' \
    $$ "$turn" "$1"
}

move_issue() {
  local line
  if [ "$how" = told ]; then
    exec 3<>"/dev/tcp/127.0.0.1/$where"
    printf '%s\n' "$SYMPHONY_ISSUE_IDENTIFIER" >&3
    IFS= read -r line <&3
    exec 3>&-
    return
  fi
  printf '{"id":%s,"method":"item/tool/call","params":{"threadId":"thread-%s","turnId":"turn-%s","callId":"call-%s","tool":"linear_graphql","arguments":{"query":"%s","variables":{"id":"%s","state":"%s"}}}}\n' \
    "$turn" $$ "$turn" "$turn" "$mutation" "$SYMPHONY_ISSUE_ID" "$where"
  IFS= read -r line || exit 0
  case $line in *'"success":true'*) ;; *) printf '%s\n' "$line" >>"$journal.refusals"; note refused ;; esac
}

take_turn() {
  local started=${EPOCHREALTIME/[.,]/} said=0 total=$((rate * work_us / 1000000))
  note turn
  printf '{"id":%s,"result":{"turn":{"id":"turn-%s","status":"inProgress"}}}\n' "$pending" "$turn"
  printf '{"method":"turn/started","params":{"threadId":"thread-%s","turn":{"id":"turn-%s"}}}\n' $$ "$turn"
  pending=''
  while [ "$said" -lt "$total" ]; do
    said=$((said + 1))
    listen_until $((started + said * 1000000 / rate))
    printf '{"method":"item/completed","params":{"threadId":"thread-%s","turnId":"turn-%s","item":{"type":"agentMessage","id":"item-%s","text":"step %s of %s"}}}\n' \
      $$ "$turn" "$said" "$said" "$total"
  done
  listen_until $((started + work_us))
  note worked
  move_issue
  note finished
  end_turn completed
}

trap 'note ended' EXIT
note started
while IFS= read -r line; do
  hear "$line"
  if [ -n "$pending" ]; then take_turn; fi
done
