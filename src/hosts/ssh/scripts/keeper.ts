/**
 * What the control session runs on the far side: installs the scripts of this session into a directory of its own, starts
 * the guard, and then keeps the lease. It is given, as variables:
 *
 *   symphony_token   what its answers begin with      symphony_name   the name of the directory
 *   symphony_lease   seconds (see the guard)          symphony_grace  seconds (see the guard)
 *   symphony_kept    directories of earlier control sessions of this daemon in which something still runs
 *   symphony_supervisor, symphony_guard, symphony_command, symphony_files    the scripts
 *
 * Answers `ready DIRECTORY` or `failed REASON` on stdout, then takes orders from stdin, a line each:
 *   beat          the daemon is there; keeps the lease of every directory. Answered `beat`, also so that the far side
 *                 notices when no answer comes through any more
 *   end PATH      ends what runs under this path, without an answer
 *   settle PATH   the same, also when it has not begun yet; answers `settled PATH` or `unsettled PATH` when it is over
 *   drop DIR      nothing runs in this directory any more
 *   over          nothing will run here any more
 * The end of stdin without `over` is an accident: the guard waits a moment for the next control session.
 */
export const KEEPER = `
say() { printf '%s %s\\n' "$symphony_token" "$*"; }
fail() { say "failed $*"; exit 1; }
nap() { sleep "$1" 2>/dev/null || sleep 1; }

umask 077
PATH=$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
for tool in mkdir mkfifo rm mv ln cat sleep find chmod readlink dd awk grep sed; do
  command -v "$tool" >/dev/null 2>&1 || fail "$tool was not found"
done

for kept in $symphony_kept; do
  rm -f "$kept/abandoned"
  [ ! -d "$kept" ] || true >"$kept/beat"
done

# What an earlier daemon left behind ends by itself, and must have ended before new work begins. Where its guard is gone,
# it has ended already; but where /tmp is shared with another container, a guard may be there and not be seen.
await_abandoned() {
  naps=0
  for other in "$1"/symphony-*; do
    case " $symphony_kept " in *" $other "*) continue ;; esac
    [ -f "$other/guard.pid" ] && read -r pid <"$other/guard.pid" || continue
    while [ -e "$other/abandoned" ] && kill -0 "$pid" && [ "$naps" -lt 150 ]; do
      nap 0.1
      naps=$((naps + 1))
    done
    kill -0 "$pid" || [ -z "$(find "$other" -prune -mmin +10)" ] || rm -rf "$other"
  done
} 2>/dev/null

install() {
  mkdir "$1" && mkfifo "$1/alive" &&
    printf %s "$symphony_supervisor" >"$1/supervisor" && printf %s "$symphony_guard" >"$1/guard" &&
    printf %s "$symphony_command" >"$1/command" && printf %s "$symphony_files" >"$1/files" && return
  rm -rf "$1"
  return 1
}

directory= reasons=
for place in "\${TMPDIR:-/tmp}" /tmp /var/tmp /dev/shm "$HOME"; do
  # The user's shell is given this path, and it may be any shell: no character that means something to one of them.
  case $place in [!/]* | *[!A-Za-z0-9/._+-]* | '') continue ;; esac
  await_abandoned "$place"
  directory=$place/$symphony_name
  reason=$(install "$directory" 2>&1) && break
  directory= reasons="$reasons $reason;"
done
[ -n "$directory" ] || fail "no directory takes the files that are needed:$(printf %s "$reasons" | tr '\\n' ' ')"
unset symphony_supervisor symphony_guard symphony_command symphony_files

# In a session of its own where there is setsid, so that nothing that ends this session ends it.
own=setsid; command -v setsid >/dev/null 2>&1 || own=
$own /bin/sh "$directory/guard" "$symphony_lease" "$symphony_grace" </dev/null >/dev/null 2>&1 &
naps=0
until [ -e "$directory/guard.pid" ]; do
  naps=$((naps + 1))
  [ "$naps" -lt 400 ] || fail "the guard of $directory did not start"
  nap 0.05
done
say "ready $directory"

# Below, \`true\` makes files: where the directory is gone, \`:\` would end this shell.
order() {
  [ -p "$1.orders" ] || return 0
  # Opened for reading, too, because what has just ended reads no more.
  echo end 1<>"$1.orders"
} 2>/dev/null

settle() {
  # Seen by what has yet to begin.
  true >"$1.ended"
  order "$1"
  naps=0
  while [ -e "$1.orders" ] && [ "$naps" -lt 240 ]; do
    nap 0.1
    naps=$((naps + 1))
  done
  if [ -e "$1.orders" ]; then say "unsettled $1"; else say "settled $1"; fi
} 2>/dev/null

directories="$directory $symphony_kept"
while read -r word path; do
  case $word in
    beat)
      for each in $directories; do [ ! -d "$each" ] || true >"$each/beat"; done
      say beat
      ;;
    end) (order "$path") & ;;
    settle) (settle "$path") & ;;
    drop)
      true >"$path/over"
      rest=
      for each in $directories; do [ "$each" = "$path" ] || rest="$rest $each"; done
      directories=$rest
      ;;
    over)
      for each in $directories; do true >"$each/over"; done
      exit 0
      ;;
  esac
done 2>/dev/null
for each in $directories; do [ ! -d "$each" ] || true >"$each/abandoned"; done
`;
