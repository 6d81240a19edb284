/**
 * Runs one command under the supervisor, in an exec channel of its own:
 *
 *   sh DIRECTORY/command ID
 *
 * On stdin come a line with the token and one with a program that sets `symphony_cwd` and `symphony_marker`, changes the
 * environment and sets the arguments; what follows is the command's. A line with the token and `begin` marks where the
 * command's output begins on stdout. Among what the command writes to stderr stand reports, each a line that begins with
 * the token: `begin`, then those of the supervisor, last `exit STATUS`.
 *
 * The supervisor's orders are a FIFO with the name ID.orders, which is there for as long as anything of the command is.
 * It ends when a line is written into it, or when the holder is gone, which listens whether the guard is there.
 *
 * The supervisor is the child of this shell and not the shell itself: the holder and the relay are then beside it, and
 * no part of the tree that it ends. It leads a session of its own where there is setsid.
 */
export const COMMAND = `
# Symphony: runs a command for as long as its daemon is there.
symphony_directory=\${0%/*} symphony_base=\${0%/*}/$1
symphony_path=$PATH PATH=$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
IFS= read -r symphony_token && IFS= read -r symphony_program || exit 1
trap : HUP INT QUIT TERM USR1 USR2

symphony_report() { printf '%s %s\\n' "$symphony_token" "$*" >&2; }
symphony_fail() {
  symphony_report begin
  symphony_report "failed $*"
  exit 1
}

symphony_umask=$(umask); umask 077
mkfifo "$symphony_base.orders" "$symphony_base.reports" 2>/dev/null ||
  symphony_fail "no files can be made in $symphony_directory"
umask "$symphony_umask"
# Each is opened for reading and writing first, because opening one end waits for the other.
exec 6<>"$symphony_base.orders" 3<"$symphony_base.orders" 7>"$symphony_base.orders" 6>&-
exec 6<>"$symphony_base.reports" 5<"$symphony_base.reports" 4>"$symphony_base.reports" 6>&-
exec 8<>"$symphony_directory/alive" 9<"$symphony_directory/alive" 8>&-
rm -f "$symphony_base.reports"
# The holder: keeps the orders open until the guard is gone.
(
  trap '' HUP INT QUIT TERM USR1 USR2 PIPE
  exec 3<&- 4>&- 5<&-
  read -r _ <&9
) </dev/null >/dev/null 2>&1 &
symphony_holder=$!
# The relay: puts the token before each report. Where nobody listens any more, it must still read on.
(
  trap '' HUP INT QUIT TERM USR1 USR2 PIPE
  exec 3<&- 4>&- 7>&- 9<&-
  while IFS= read -r symphony_line; do symphony_report "$symphony_line"; done <&5
  rm -f "$symphony_base.orders"
) </dev/null >/dev/null &
symphony_relay=$!
exec 5<&- 7>&- 9<&-

symphony_finish() {
  exec 4>&-
  kill -KILL "$symphony_holder" 2>/dev/null
  # Ends once the supervisor's watcher has, too.
  wait "$symphony_relay"
  rm -f "$symphony_base.orders"
}
symphony_refuse() {
  symphony_finish
  symphony_fail "$*"
}

[ ! -e "$symphony_base.ended" ] || symphony_refuse "it was ended before it began"
symphony_own=$(command -v setsid)
symphony_newline='
'
PATH=$symphony_path
eval "$symphony_program"
if [ ! -d "$symphony_cwd" ] || [ -L "$symphony_cwd" ]; then
  PATH=$symphony_path:/usr/bin:/bin
  symphony_refuse "there is no directory $symphony_cwd; something removed or replaced it while it was in use"
fi
cd "$symphony_cwd" || symphony_refuse "the directory $symphony_cwd cannot be entered"
printf '%s begin\\n' "$symphony_token"
symphony_report begin
set -- /bin/sh "$symphony_directory/supervisor" "$symphony_marker" "$@"
[ -z "$symphony_own" ] || set -- "$symphony_own" "$@"
# Named, because ksh keeps files that \`exec\` opened from programs.
"$@" 3<&3 4>&4
symphony_status=$?
# Where the supervisor itself was killed: ksh adds 256 to the number of the signal, others 128.
[ "$symphony_status" -le 255 ] || symphony_status=$((symphony_status - 128))
PATH=$symphony_path:/usr/bin:/bin
symphony_finish
symphony_report "exit $symphony_status"
`;
