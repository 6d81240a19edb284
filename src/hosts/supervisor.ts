/**
 * The one parent of every command, on every machine: a small POSIX shell script that should lead a session of its own.
 *
 *   sh -c SUPERVISOR symphony MARKER COMMAND [ARG ...]     with 3 = orders in, 4 = reports out
 *
 * stdin, stdout and stderr are the command's. But a login shell (COMMAND is `bash -lc`) has its stdout as 6 until its
 * script takes it back, and until then stderr in its place, because what profiles print is no output.
 *
 * The first line that comes in on 3, or its end, is the order to end the command; so when the daemon dies, by whatever
 * signal, the channel closes and the tree ends. On 4 it writes `pid N` or `failed REASON` first, and last `left PID ...`
 * if something could not be ended. Its exit status is the command's, once what the command left behind has been ended
 * too. Until then the script and its watcher sleep: one waits for the command, the other for a line on 3.
 *
 * Ending a tree is TERM to all of it, a second of grace, KILL. Codex starts each command in a session of its own, so a
 * process group is not the tree. A process belongs to it when
 *   1. it is an orphan with the marker, which process number and start time of the script make unique, or
 *   2. its line of parents leads to the command, or to a process found before, or
 *   3. it is in the script's session, or in a session that a process of the tree is in, or
 *   4. it is an orphan whose stdin, stdout or stderr is the socket that the command was given, or
 *   5. it is an orphan whose limit of file locks is the number that the command was given: Linux has not looked at this
 *      limit since 2.4, every child inherits it, and neither `env -i` nor `setsid` takes it away.
 * The tree is recorded before the first signal, so what loses its parent to that signal is still known. A number is
 * recorded with the start time of its process, and is left alone once it has gone to another one. A working directory
 * is no evidence: a person's shell or editor in the workspace is never touched.
 *
 * Out of reach is work that a command gives to a daemon, as with `docker run`. Where a hard limit of file locks is below
 * that number, so is a process that did all of this before the order came: cleared its environment, lost its parents,
 * began a session, turned away from the command's streams.
 * And `kill -9 0` in a command takes the script along; then the host can end no more than their common group.
 *
 * Normally a look reads the script's own tree and the children of process 1, and starts few programs or none, so that
 * hundreds of trees can end at once. Kernels without lists of children have all of /proc read instead.
 * Without /proc (macOS) `ps` is asked, which hides the environment of the system's own programs; process groups stand for
 * sessions, and 4 and 5 are left out.
 */
export const SUPERVISOR = `
# Symphony: ends this command and all it started when it is told to, or when the daemon is gone.
marker=$1; shift
proc=/proc; [ -r $proc/self/stat ] || proc=

# start PID: when the process began, as $began, its $parent and $session; fails when it is gone. Starts no program. The
# quotes are for ksh.
start() {
  began= line=
  { IFS= read -r line <"$proc/$1/stat"; } 2>/dev/null || return 1
  set -- \${line##*") "}
  parent=$2 session=$4 began=\${20}
  [ "$1" != Z ]
}

# children PID: as $children, from the lists that most kernels keep.
children() {
  children=
  for list in $proc/$1/task/*/children; do
    some=
    { read -r some <"$list"; } 2>/dev/null
    children="$children $some"
  done
}

# below PID ...: adds a line to $table for each of these processes and of all below them.
below() {
  while [ $# -gt 0 ]; do
    row=
    for pid in "$@"; do
      start "$pid" || continue
      crowd="$crowd $pid"
      table="$table
$pid $parent $session $began"
      children "$pid"
      row="$row $children"
    done
    set -- $row
  done
}

# All processes that can matter: those around the script, and orphans younger than it with all that is below them. In
# this order, because a process that loses its parents meanwhile moves from the first to the second.
near() {
  table= young= crowd=
  for pid in $PPID $reapers; do
    start "$pid" && table="$table
$pid $parent $session $began"
  done
  below $$
  for reaper in $reapers; do
    children "$reaper"
    for pid in $children; do
      [ "$pid" != $$ ] && start "$pid" && [ "$began" -ge "$born" ] && young="$young $pid"
    done
  done
  below $young
}

# Whether there is nobody but the script, and perhaps its watcher, as far as $crowd and $young tell.
alone() {
  [ -n "$lists" ] && [ -z "$young" ] || return 1
  case $crowd in "" | " $$" | " $$ $self") ;; *) return 1 ;; esac
}

# Sets $table, a line for each process: number, parent, session, start; and $young, the orphans younger than the script.
observe() {
  if [ -z "$proc" ]; then
    table=$(LC_ALL=C ps -A -o pid=,ppid=,pgid=,stat=,lstart= | awk '$4 !~ /Z/ {
      gsub(/:/, "."); print $1, $2, $3, $5 "-" $6 "-" $7 "-" $8 "-" $9
    }')
  elif [ -n "$lists" ]; then
    near
  else
    table=$(cat $proc/[0-9]*/stat | awk '/^[0-9]+ [(].*[)] / {
      pid = $1; sub(/^.*[)] /, ""); if ($1 !~ /[ZX]/) print pid, $2, $4, $20
    }')
    young=$(echo "$table" | while read -r pid parent session began; do
      case " $reapers " in (*" $parent "*) [ "$pid" = $$ ] || [ "$began" -lt "$born" ] || echo "$pid" ;; esac
    done)
  fi
}

# The processes of 1, 4 and 5.
witnesses() {
  if [ -z "$proc" ]; then
    { ps -AEww -o pid=,command= || ps axeww -o pid=,command=; } | grep -F "SYMPHONY_MARKER=$marker"
    return
  fi
  [ -n "$young" ] || return
  sockets=$(for fd in 1 5; do readlink $proc/$$/fd/$fd; done | grep '^socket:')
  {
    grep -lsF "SYMPHONY_MARKER=$marker" $(printf "$proc/%s/environ " $young)
    grep -ls "^Max file locks  *$limit " $(printf "$proc/%s/limits " $young)
    [ -z "$sockets" ] ||
      ls -l $(for fd in 0 1 2; do printf "$proc/%s/fd/$fd " $young; done) | grep -F "$sockets"
  } | sed 's|^.*/proc/||; s|/| |'
}

# Which lines of $table are the tree, each as PID:START, parents before their children: a shell whose program has ended
# would go on to its next line. Then "=" and the sessions that are known to be the tree's.
members() {
  awk -v me="$$" -v self="$self" -v elders="$PPID $reapers" -v known="$members" \\
    -v sessions="$sessions" -v witnesses="$witnesses" '
    # Follows the parents up to a process of the tree (1), the looking shell or the script (2), or beyond (0).
    function leads(pid,   hops) {
      for (hops = 0; pid in parent && hops < 999; hops++) {
        if (pid in member) return 1
        if (pid == me || pid == self) return 2
        pid = parent[pid]
      }
      return 0
    }
    { parent[$1] = $2; session[$1] = $3; start[$1] = $4 }
    END {
      for (pid = me; pid in parent && hops < 999; hops++) { above[pid] = 1; pid = parent[pid] }
      above[me] = above[self] = 1
      count = split(elders, list, " ")
      for (i = 1; i <= count; i++) above[list[i]] = 1
      for (pid in above) foreign[session[pid]] = 1
      if (session[self] == me) { delete foreign[me]; ours[me] = 1 }
      foreign[""] = 1
      count = split(sessions, list, " ")
      for (i = 1; i <= count; i++) if (!(list[i] in foreign)) ours[list[i]] = 1
      for (pid in parent) if (parent[pid] == me && self != me && pid != self) member[pid] = 1
      count = split(known, list, " ")
      for (i = 1; i <= count; i++) if (split(list[i], id, ":") && start[id[1]] "" == id[2]) member[id[1]] = 1
      count = split(witnesses, list, " ")
      for (i = 1; i <= count; i++) {
        pid = list[i]
        if (pid in parent && !(pid in above) && leads(pid) != 2) member[pid] = 1
      }
      do {
        grown = 0
        for (pid in member) if (!(session[pid] in foreign)) ours[session[pid]] = 1
        for (pid in parent) {
          if (pid in member || pid in above) continue
          way = leads(pid)
          if (way == 1 || way == 0 && session[pid] in ours) { member[pid] = 1; grown = 1 }
        }
      } while (grown)
      for (pid in above) delete member[pid]
      for (rounds = 0; rounds < 999; rounds++) {
        waiting = 0
        for (pid in member) {
          if (pid in told) continue
          if (rounds < 998 && (parent[pid] in member) && !(parent[pid] in told)) { waiting = 1; continue }
          printf "%s:%s ", pid, start[pid]
          told[pid] = 1
        }
        if (!waiting) break
      }
      printf "="
      for (sid in ours) printf " %s", sid
    }' <<TABLE
$table
TABLE
}

# Looks again, and says whether anything is there.
look() {
  observe
  # The kernel may leave a child out of a list while others end, so that nobody is there is asked twice.
  if alone && observe && alone; then members=; return 1; fi
  witnesses=$(witnesses | awk '{ printf "%s ", $1 }')
  members=$(members)
  case $members in
    *=*) ;;
    # The machine is out of processes or memory, or has no awk: end at least the group, the script with it.
    *) kill -TERM 0; pause 1; kill -KILL 0 ;;
  esac
  sessions=\${members#*=} members=\${members%=*}
  [ -n "$members" ]
}

signal() {
  for member in $members; do
    pid=\${member%%:*}
    if [ -n "$proc" ]; then
      start "$pid" && [ "$began" = "\${member#*:}" ] || continue
    fi
    kill "-$1" "$pid"
  done
}

# Whether any process last seen is still there.
lives() {
  if [ -z "$proc" ]; then look; return; fi
  for member in $members; do start "\${member%%:*}" && [ "$began" = "\${member#*:}" ] && return; done
  return 1
}

pause() { sleep "$1" || sleep 1; }

# Ends the tree, and whatever it turns into meanwhile; fails when something of it is left.
sweep() {
  members= sessions=
  # $$ is the script's number in its watcher, too.
  if [ -n "$proc" ]; then read -r self _ <$proc/self/stat; else self=$(exec sh -c 'echo $PPID'); fi
  look || return 0
  signal TERM
  for nap in 0.02 0.03 0.05 0.1 0.1 0.1 0.2 0.2 0.2; do
    pause $nap
    lives && continue
    look || return 0
    signal TERM
  done
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    # What is stopped starts nothing while the rest is being killed.
    look || return 0
    signal STOP
    look; signal STOP
    look; signal KILL
    pause 0.1
  done
  look || return 0
  echo left $(for member in $members; do echo "\${member%%:*}"; done) >&4
  return 1
}

if ! command -v "$1" >/dev/null 2>&1; then
  echo "failed $1 was not found" >&4
  exit 127
fi
began=0; [ -z "$proc" ] || start $$
born=$began
marker="$marker.$$.$born."
# No process number reaches 2^22.
limit=; [ -z "$proc" ] || limit=$((born * 4194304 + $$))
# An orphan goes to process 1, or to an ancestor that collects orphans, which the daemon does only as process 1.
reapers=1 pid=$PPID lists=
[ ! -r "$proc/1/task/1/children" ] || lists=yes
while [ -n "$proc" ] && [ "$pid" -gt 1 ] && start "$pid" && [ "$parent" -gt 1 ]; do
  reapers="$reapers $parent" pid=$parent
done
# A command that signals its own group reaches the script, too. Handlers are not inherited, ignored signals would be.
trap : HUP INT QUIT ALRM USR1 USR2 TERM
# A shell tells on its own stderr which signal ended a command.
exec 5>&2 2>/dev/null
{
  trap '' HUP INT QUIT ALRM USR1 USR2 TERM PIPE
  read -r _ <&3
  # From here on the watcher is not called off any more, but told that the command is over, and waited for. The order may
  # be there before the command is, so only a look that began when there was none any more has seen the last of it.
  over=
  trap over=yes VTALRM
  while :; do
    last=$over
    sweep && [ -z "$last" ] && kill -0 $$ || exit 0
    [ -n "$over" ] || pause 0.02
  done
} </dev/null >/dev/null 5>&- &
watcher=$!
# In the foreground, because a background command would have SIGINT ignored for ever. It does not begin unless its
# number could be told: otherwise the daemon is gone, and nobody would end it.
# Its files are named, because ksh keeps those that \`exec\` opened from programs.
SYMPHONY_MARKER="$marker" sh -c '
  # The letter in dash and busybox, and in bash.
  [ -z "$1" ] || ulimit -S -w "$1" || ulimit -S -x "$1"
  shift
  echo "pid $$" >&4 || exit
  [ "$2" = -lc ] || exec "$@" 2>&5 3<&- 4>&- 5>&-
  exec "$@" 6>&1 1>&5 2>&5 3<&- 4>&- 5>&-' symphony "$limit" "$@" 4>&4 5>&5
status=$?
# ksh adds 256 to the number of a signal, where others add 128; as the status of the script that would be another one.
[ "$status" -le 255 ] || status=$((status - 128))
kill -VTALRM "$watcher"
wait "$watcher" || sweep </dev/null >/dev/null
exit "$status"
`;
