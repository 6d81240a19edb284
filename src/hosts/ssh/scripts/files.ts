/**
 * Works with files in a session of its own, one request after the other:
 *
 *   sh DIRECTORY/files
 *
 * The first line of stdin is the token, every other one a program that calls one of the functions below. Answers
 * `TOKEN begin HOME` first. To each request it answers with what the function wrote, then a line `TOKEN STATUS`, then why
 * it failed, then a line `TOKEN end`; each of these lines begins after a newline of its own. Paths are absolute.
 */
export const FILES = `
# Symphony: works with files for its daemon.
PATH=$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
symphony_directory=\${0%/*}
IFS= read -r token || exit 1
symphony_newline='
'
fail() { printf '%s\\n' "$*" >&2; return 1; }
there() { [ -e "$1" ] || [ -L "$1" ]; }

# Whether nothing is there, and that could be seen; says why where it could not.
absent() {
  at=$1
  while [ "$at" != "\${at%/*}" ]; do
    at=\${at%/*}
    there "\${at:-/}" || continue
    # Below a file or a link to nothing there is nothing.
    [ ! -d "\${at:-/}" ] || [ -x "\${at:-/}" ] || { fail "\${at:-/}: Permission denied"; return; }
    return 0
  done
}

kind() {
  if [ -L "$1" ]; then echo link
  elif [ -d "$1" ]; then echo directory
  elif [ -e "$1" ]; then echo other
  else absent "$1" && echo missing
  fi
}

# Segment by segment, so that also a link to something missing leads where it points to.
physical() {
  rest=$1 resolved= links=0
  while [ -n "$rest" ]; do
    case $rest in
      */*) segment=\${rest%%/*} rest=\${rest#*/} ;;
      *) segment=$rest rest= ;;
    esac
    case $segment in
      '' | .) continue ;;
      ..) resolved=\${resolved%/*}; continue ;;
    esac
    next=$resolved/$segment
    if [ -L "$next" ]; then
      links=$((links + 1))
      [ "$links" -le 40 ] || { fail 'too many symbolic links'; return; }
      # The letter keeps newlines at the end of a name.
      target=$(readlink -n "$next" && echo x) || return
      target=\${target%x}
      case $target in /*) resolved= ;; esac
      rest=$target/$rest
    else
      resolved=$next
    fi
  done
  there "\${resolved:-/}" || absent "$resolved" || return
  printf %s "\${resolved:-/}"
}

make() { mkdir -p "$1"; }

remove() {
  [ -n "\${1%/}" ] || { fail 'the root directory is not removed'; return; }
  for try in 1 2 3; do
    rm -rf "$1" 2>/dev/null && return
    # What holds directories without write permission, as Go's module cache does.
    [ -L "$1" ] || find "$1" -type d ! -perm -700 -exec chmod u+rwx {} \\; 2>/dev/null
  done
  rm -rf "$1"
}

# Nothing and the status 3 when there is no file.
text() {
  if [ ! -e "$1" ]; then absent "$1" || return; return 3; fi
  [ -f "$1" ] || { fail 'it is not a file'; return; }
  cat "$1" || { [ ! -e "$1" ] && return 3; return 1; }
}

# write PATH TEMPORARY TEXT
write() {
  [ ! -d "$1" ] || [ -L "$1" ] || { fail 'it is a directory'; return; }
  put "$2" "$3" && { move "$2" "$1"; } && return
  rm -f "$2"
  return 1
}
put() {
  umask 077
  # Through dd, so that it is on the disk before it takes the place of what was there.
  reason=$(printf %s "$2" | dd of="$1" conv=fsync 2>&1) && return
  # Not every dd can do that.
  { printf %s "$2" >"$1"; } 2>/dev/null && return
  fail "\${reason%%"$symphony_newline"*}"
}
move() {
  # mv would move it into the directory that a link leads to, unless it has an option against that.
  if [ ! -d "$2" ]; then mv -f "$1" "$2"; return; fi
  mv -fT "$1" "$2" 2>/dev/null && return
  rm -f "$2" && mv -f "$1" "$2"
}

# Each name with a NUL after it; none in what is no directory.
names() {
  if [ ! -d "$1" ]; then there "$1" || absent "$1"; return; fi
  [ -r "$1" ] && [ -x "$1" ] || { fail 'Permission denied'; return; }
  LC_ALL=C
  for each in "\${1%/}"/* "\${1%/}"/.[!.]* "\${1%/}"/..?*; do
    there "$each" || continue
    printf '%s\\000' "\${each##*/}"
  done
}

# lives PID BEGAN: whether that process is there; leaves when it began in $began.
lives() {
  wanted=$2 began=-
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  if [ ! -r /proc/self/stat ]; then kill -0 "$1" 2>/dev/null || ps -p "$1" >/dev/null 2>&1; return; fi
  { IFS= read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
  set -- \${line##*") "}
  began=\${20}
  # Whoever began it may not have noticed its end.
  case $1 in [ZX]) return 1 ;; esac
  [ "$wanted" = - ] || [ "$wanted" = "$began" ]
}

# held PATH STEM: the last of those who have or had a hold as $id, $pid, $since and $note, where a successor is told of as
# $after, and what the hold itself says as $first. Nobody leaves all of them empty.
held() {
  at=$1 first= seen= after= id=
  while [ -f "$at" ]; do
    id= pid= since= note=
    { IFS=' ' read -r id pid since note <"$at"; } 2>/dev/null
    [ "$at" != "$1" ] || first="$id $pid $since $note"
    [ -n "$note" ] || id=
    name=$id.$pid.$since
    case $name in .* | *[!A-Za-z0-9.-]*) id= name=unreadable ;; esac
    after=$2.after.$name
    case " $seen " in *" $name "*) return ;; esac
    seen="$seen $name" at=$after
  done
}

# hold PATH STEM ID NOTE: lasts while the guard of this session lives; the status 4 without one. Writes the note of another
# one who has it. How two that come at once are kept apart, and a dead one is succeeded, is told in src/files/lock.ts.
hold() {
  { read -r guard <"$symphony_directory/guard.pid"; } 2>/dev/null && lives "$guard" - || return 4
  mine="$3 $guard $began $4" candidate=$2.$3 prepared= is_over=
  for try in 1 2 3 4 5 6 7 8; do
    held "$1" "$2"
    if [ "$id $pid $since $note" = "$mine" ]; then is_over=yes; break; fi
    if [ -n "$id" ] && [ "$id" != "$3" ] && lives "$pid" "$since"; then
      printf %s "$note"
      is_over=yes
      break
    fi
    if [ -z "$prepared" ]; then
      prepared=yes
      mkdir -p "\${1%/*}" && put "$candidate" "$mine$symphony_newline" || { reason=; break; }
    fi
    successor=$after was=$first
    reason=$(ln "$candidate" "\${successor:-$1}" 2>&1) || continue
    [ -z "$successor" ] || held "$1" "$2"
    if [ -z "$successor" ]; then is_over=yes
    elif [ "$first" = "$was" ] && mv -f "$candidate" "$1"; then rm -f "$2".after.*; is_over=yes
    else rm -f "$successor"
    fi
    [ -z "$is_over" ] || break
  done
  [ -z "$prepared" ] || rm -f "$candidate"
  [ -n "$is_over" ] || fail "it could not be taken \${reason:+($reason)}"
}

# letgo PATH STEM ID
letgo() {
  held "$1" "$2"
  [ "$id" != "$3" ] || rm -f "$1" "$2".after.*
}

printf '\\n%s begin %s\\n' "$token" "\${HOME:-$(pwd)}"
while IFS= read -r request; do
  problem=$({ eval "$request"; } </dev/null 2>&1 >&3; printf '\\n%s' "$?")
  status=\${problem##*"$symphony_newline"}
  printf '\\n%s %s\\n%s\\n%s end\\n' "$token" "$status" "\${problem%"$status"}" "$token"
done 3>&1
`;
