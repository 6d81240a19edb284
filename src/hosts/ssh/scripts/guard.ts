/**
 * Watches the lease of one control session, whatever becomes of the session itself:
 *
 *   sh DIRECTORY/guard LEASE GRACE
 *
 * It alone holds the writing end of `alive`, at which every command of this directory listens; so its end, by whatever
 * signal, is the end of them all. It ends when `over` is there, when there was no `beat` for LEASE seconds (nobody may
 * notice a link on which no packets come), or GRACE seconds after the control session was `abandoned`. Then it removes
 * the directory, once everything has ended.
 *
 * A beat is a file and not something written into one, so that a full disk does not look like a dead daemon.
 */
export const GUARD = `
# Symphony: ends the commands of a daemon that is gone.
lease=$1 grace=$2 directory=\${0%/*}
trap '' HUP INT QUIT TERM USR1 USR2 PIPE
exec 8<>"$directory/alive"
echo "$$" >"$directory/guard.part" && mv "$directory/guard.part" "$directory/guard.pid" || exit 1
silent=0 alone=0 rounds=0
while [ -e "$directory/alive" ] && [ ! -e "$directory/over" ] &&
  [ "$silent" -lt "$lease" ] && [ "$alone" -lt "$grace" ]; do
  sleep 1 8>&-
  silent=$((silent + 1)) rounds=$((rounds + 1))
  if [ -e "$directory/beat" ]; then rm -f "$directory/beat" 8>&-; silent=0; fi
  if [ -e "$directory/abandoned" ]; then alone=$((alone + 1)); else alone=0; fi
  # Programs that tidy up remove what is old.
  if [ "$rounds" -ge 3600 ]; then touch "$directory" "$directory"/* 8>&-; rounds=0; fi
done
exec 8>&-
true >"$directory/over"
for nap in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
  for orders in "$directory"/*.orders; do break; done
  [ -e "$orders" ] || break
  sleep 1
done
rm -rf "$directory"
`;
