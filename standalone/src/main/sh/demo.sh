#!/usr/bin/env bash
# A stack of its own, a VM, some commands in it; and how one that was broken is put back and forked. Started by
# `./noid demo`.
# The stack's data stays in target/demo for the next time; NOID_DEMO_KEEP=1 keeps another stack running. Fails when what
# ran was no VM.
set -euo pipefail

noid=${NOID:?the launcher sets it}
dist=${NOID_HOME:?the launcher sets it}
began=${EPOCHREALTIME/[.,]/}
unset NOID_SERVER NOID_TOKEN NOID_VM NOID_PORT NOID_KAFKA NOID_DATABASE_URL NOID_ENGINE

# Started by root, the parts run as other users and must get through to it.
passable() { # directory
  local up=$1
  ((EUID == 0)) || return 0
  while [[ -n $up ]]; do
    [[ -n $(find "$up" -maxdepth 0 -perm -001) ]] || return 1
    up=${up%/*}
  done
}

# Used by one demo at a time. Others have a place of their own, as has one that others could not get to.
place=${dist%/*}/demo temporary=
mkdir -p "$place"
chmod 711 "$place"
exec 8>"$place/lock"
if [[ -n ${NOID_DEMO_KEEP-} ]] || ! flock -n 8 || ! passable "$place"; then
  place=$(mktemp -d "${TMPDIR:-/tmp}/noid-demo.XXXXXX") temporary=1
  chmod 711 "$place"
fi
export NOID_POOL=0 # a warm pool would be filled while everything here waits for the same two cores
export NOID_DATA=$place/data XDG_CONFIG_HOME=$place/config
mkdir -p -m 700 "$XDG_CONFIG_HOME"
cd "$place"

bold= dim= plain=
if [[ -t 1 && -z ${NO_COLOR-} ]]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; fi

shown() { # the words as they would be typed
  local word line='$ noid'
  for word; do
    [[ $word =~ ^[A-Za-z0-9_./:=@%+,-]+$ ]] || word="'${word//\'/\'\\\'\'}'"
    line+=" $word"
  done
  printf '%s%s%s\n' "$bold" "$line" "$plain"
}

# Nothing that outlives this script may hold its lock.
quiet() { "$noid" "$@" 8>&-; }

run() {
  shown "$@"
  quiet "$@"
}

say() { printf '\n%s# %s%s\n' "$dim" "$1" "$plain"; }

fail() {
  printf 'error: %s\n' "$1" >&2
  exit 1
}

anew() { # what an earlier demo left, be it a running stack, goes
  quiet down >/dev/null 2>&1 || true
  rm -rf "$NOID_DATA" "$XDG_CONFIG_HOME"
  mkdir -m 700 "$XDG_CONFIG_HOME"
}

finish() {
  local status=$? now
  trap - EXIT
  if [[ -n ${NOID_DEMO_KEEP-} ]]; then
    printf '\nkept: export NOID_DATA=%q XDG_CONFIG_HOME=%q\n' "$NOID_DATA" "$XDG_CONFIG_HOME"
    exit "$status"
  fi
  if ((status != 0)); then
    tail -n 20 "$NOID_DATA"/*.log "$NOID_DATA"/*/*.log >&2 2>/dev/null || true
  fi
  quiet down >/dev/null || status=1
  cd /
  [[ -z $temporary ]] || rm -rf "$place"
  if ((status == 0)); then
    rm -f "$place/unfinished"
    now=${EPOCHREALTIME/[.,]/}
    printf '\n%sdone in %d.%d s%s\n' "$dim" $(((now - began) / 1000000)) $(((now - began) / 100000 % 10)) "$plain"
  fi
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

field() { # name: of the VM's JSON, which has one field a line
  sed -n "s/^ *\"$1\" *: *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" <<<"$vm" | head -n 1
}

say "a stack of its own: Kafka, Postgres, gateway, worker"
[[ ! -e $place/unfinished ]] || anew # killed or failed: who knows what is in there
: >"$place/unfinished"
shown up -d --port 0
# Data of another version may be refused; what refuses twice is told.
quiet up -d --port 0 2>/dev/null || { anew && quiet up -d --port 0; }

say "a VM"
shown create demo
vm=$(quiet create demo -o json)
field name
engine=$(field engine)
[[ $engine == qemu || $engine == firecracker ]] || fail "the engine is '$engine', which is no VM"

say "a command in it: streams both ways, stderr apart, the exit code passed through"
code=0
printf 'through the pipe\n' |
  run exec demo -- sh -c 'cat /proc/sys/kernel/random/boot_id; uname -a; grep MemTotal /proc/meminfo; tr a-z A-Z
    for i in 1 2 3; do echo "line $i"; sleep 0.05; done; echo err >&2; exit 7' | tee told || code=$?
printf '%sexit code %s%s\n' "$dim" "$code" "$plain"
((code == 7)) || fail "the exit code should be 7"
guest_boot=$(grep -m 1 -xE '[0-9a-f-]{36}' told) || fail "the command did not say its kernel's boot id"
rm -f told
host_boot=$(</proc/sys/kernel/random/boot_id)
[[ $guest_boot != "$host_boot" ]] || fail "the command ran under this machine's own kernel"
printf '%sengine %s, isolation %s; boot id %s in the VM, %s here%s\n' "$dim" "$engine" "$(field isolation)" \
  "${guest_boot%%-*}" "${host_boot%%-*}" "$plain"

say "a counter in memory, a file on disk, and a checkpoint of both"
run exec demo -n -- sh -c '(n=0; while sleep 0.1; do n=$((n + 1)); echo $n > /run/count; done) > /dev/null 2>&1 &
    echo precious > /srv/file; until cat /run/count; do sleep 0.1; done 2> /dev/null'
run checkpoint create demo --label before -o table

say "the VM is broken"
code=0
run exec demo -n -- sh -c 'rm -rf /srv /bin /sbin /usr; cat /srv/file' || code=$?
((code != 0)) || fail "nothing is broken"

say "and put back: where the time went, and that the counter counts on and the file is there"
shown restore demo before -o json
quiet restore demo before -o json | sed -n '/"checkpoint" : {/,/}/p; /"timing"/,/}/p'
counts='cat /run/count; sleep 0.15; cat /run/count /srv/file'
shown exec demo -n -- sh -c "$counts"
told=$(quiet exec demo -n -- sh -c "$counts")
echo "$told"
{ read -r before && read -r after && read -r kept; } <<<"$told" || fail "the counter or the file is gone"
((after > before)) || fail "the counter does not count on"
[[ $kept == precious ]] || fail "the file is gone"

say "three forks: one past, three futures"
run fork demo/before --count 3 --name-prefix fork -o table
tell='echo "$(hostname): $(cat /srv/file), $(head -c 9 /dev/urandom | base64)"'
shown exec fork-1 -n -- sh -c "$tell"
for i in 1 2 3; do
  quiet exec "fork-$i" -n -- sh -c "$tell" >"fork-$i"
done
cat fork-1 fork-2 fork-3
[[ $(sort -u fork-? | grep -c '^fork-[123]: precious, .') == 3 ]] || fail "a fork has lost its past"
[[ $(sed 's/.*, //' fork-? | sort -u | wc -l) == 3 ]] || fail "two forks have the same random bytes"
rm -f fork-?

run rm demo fork-1 fork-2 fork-3 --with-checkpoints
