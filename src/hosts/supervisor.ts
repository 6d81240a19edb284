/**
 * The one parent of every command, on every machine: a small POSIX shell script in a session of its own.
 *
 *   sh -c SUPERVISOR symphony MARKER COMMAND [ARG ...]
 *
 * stdin, stdout and stderr are the command's. File descriptor 3 is the control channel: the script writes `pid N` (or
 * `failed REASON`) and, at the end, `left PID ...` for what could not be ended; it reads one line, or the end of input,
 * as the order to end the command. So when the daemon dies, by whatever signal, the channel closes and the tree ends.
 *
 * Ending a tree means TERM, a short grace, KILL. Codex starts each command in a session of its own, so a process group
 * is not the tree. What belongs to it is found anew right before each signal:
 *   - processes that carry the run's marker in their environment,
 *   - descendants of the command or of those, by parent,
 *   - orphans without a terminal that work below the command's directory and are younger than the script: a program
 *     that cleared its environment and left its parent. A person's shell has a terminal or a living parent, so it is
 *     never one of these.
 * Not found is what did all at once: cleared its environment, lost its parent, and changed to another directory.
 *
 * Without /proc (macOS) the first two are asked of `ps`, the third is not looked for.
 */
export const SUPERVISOR = String.raw`
marker=$1; shift
place=$(pwd -P)
born=0
if [ -r /proc/$$/stat ]; then
  born=$(cat /proc/$$/stat | awk '{ sub(/^.*\) /, ""); print $20 }')
fi

members() {
  if [ "$born" != 0 ]; then
    marked=$(grep -lsF "SYMPHONY_MARKER=$marker" /proc/[0-9]*/environ 2>/dev/null | tr -c '0-9\n' ' ')
    cat /proc/[0-9]*/stat 2>/dev/null | awk -v roots="$child $marked" -v born="$born" -v me="$$" '
      { pid = $1; name = $0; sub(/^[0-9]+ \(/, "", name); sub(/\) .*$/, "", name); sub(/^.*\) /, "")
        parent[pid] = $2; tty[pid] = $5; start[pid] = $20; names[pid] = name; zombie[pid] = ($1 == "Z") }
      END {
        count = split(roots, list, " "); for (i = 1; i <= count; i++) root[list[i]] = 1
        for (pid in parent) {
          if (zombie[pid] || pid == me || parent[pid] == me && !(pid in root)) continue
          for (up = pid; up + 0 > 1 && up in parent && !(up in root); up = parent[up]);
          if (up in root) { print pid; continue }
          reaped = parent[pid] == 1 || names[parent[pid]] == "systemd"
          if (reaped && tty[pid] == 0 && start[pid] >= born) print "orphan", pid
        }
      }' | while read -r pid orphan; do
        if [ "$pid" != orphan ]; then echo "$pid"; continue; fi
        case $(readlink "/proc/$orphan/cwd" 2>/dev/null) in "$place"|"$place"/*) echo "$orphan" ;; esac
      done
  else
    marked=$(ps -AEww -o pid=,command= 2>/dev/null | grep -F "SYMPHONY_MARKER=$marker" | awk '{ print $1 }')
    ps -Ao pid=,ppid= | awk -v roots="$child $marked" -v me="$$" '
      { parent[$1] = $2 }
      END {
        count = split(roots, list, " "); for (i = 1; i <= count; i++) root[list[i]] = 1
        for (pid in parent) {
          if (pid == me) continue
          for (up = pid; up + 0 > 1 && up in parent && !(up in root); up = parent[up]);
          if (up in root) print pid
        }
      }'
  fi
}

signal() {
  found=$(members)
  [ -n "$found" ] && kill "-$1" $found 2>/dev/null
}

sweep() {
  signal TERM || return 0
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    sleep 0.1
    [ -n "$(members)" ] || return 0
  done
  for _ in 1 2 3 4 5; do
    signal KILL || return 0
    sleep 0.1
  done
  left=$(members)
  [ -z "$left" ] || echo left $left >&3
}

if ! command -v "$1" >/dev/null 2>&1; then
  echo "failed $1 was not found" >&3
  exit 127
fi
exec 4<&0
SYMPHONY_MARKER="$marker" "$@" <&4 3<&- 4<&- &
child=$!
exec 0</dev/null 4<&-
echo "pid $child" >&3
( read -r _ <&3; trap '' TERM; sweep ) </dev/null >/dev/null 2>&1 &
watcher=$!
wait "$child"
status=$?
kill "$watcher" 2>/dev/null
wait "$watcher" 2>/dev/null
sweep
exit "$status"
`;

/** Longest text that is passed as one argument; Linux takes no argument of 128 KiB or more. */
const MAX_ARGUMENT_BYTES = 100_000;

/**
 * The arguments that run a shell command as `bash -lc` does, whatever its length, with names unset again after the login
 * profile ran. The command stands on lines of its own and is not prefixed, so assignments, `&&`, heredocs and comments
 * in it mean what they mean.
 */
export function loginShell(command: string, withoutEnv: readonly string[]): readonly string[] {
  const names = withoutEnv.filter((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  const script = names.length === 0 ? command : `unset -v ${names.join(' ')} 2>/dev/null\n${command}`;
  if (Buffer.byteLength(script) <= MAX_ARGUMENT_BYTES) return ['bash', '-lc', script];
  const parts: string[] = [];
  // A cut between two halves of a surrogate pair would not survive the way through UTF-8.
  const points = [...script];
  for (let from = 0; from < points.length; from += MAX_ARGUMENT_BYTES / 4) {
    parts.push(points.slice(from, from + MAX_ARGUMENT_BYTES / 4).join(''));
  }
  return ['bash', '-lc', 'IFS=; set -- "$*"; unset IFS; eval "$1"', 'bash', ...parts];
}
