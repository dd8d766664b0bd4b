#!/usr/bin/env bash
# A stack of its own, a VM, some commands in it, and where their time went. Started by `./noid demo`.
# NOID_DEMO_KEEP=1 keeps the stack. Fails when what ran was no VM.
set -euo pipefail

noid=${NOID:?the launcher sets it}
began=${EPOCHREALTIME/[.,]/}
unset NOID_SERVER NOID_TOKEN NOID_VM NOID_PORT NOID_KAFKA NOID_DATABASE_URL NOID_ENGINE

place=$(mktemp -d "${TMPDIR:-/tmp}/noid-demo.XXXXXX")
chmod 711 "$place" # started by root, the parts run as other users and must get through
export NOID_DATA=$place/data XDG_CONFIG_HOME=$place/config
mkdir -m 700 "$XDG_CONFIG_HOME"
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

run() {
  shown "$@"
  "$noid" "$@"
}

say() { printf '\n%s# %s%s\n' "$dim" "$1" "$plain"; }

fail() {
  printf 'error: %s\n' "$1" >&2
  exit 1
}

finish() {
  local status=$?
  trap - EXIT
  if [[ -n ${NOID_DEMO_KEEP-} ]]; then
    printf '\nkept: export NOID_DATA=%q XDG_CONFIG_HOME=%q\n' "$NOID_DATA" "$XDG_CONFIG_HOME"
    exit "$status"
  fi
  if ((status != 0)); then
    tail -n 20 "$NOID_DATA"/*.log "$NOID_DATA"/*/*.log >&2 2>/dev/null || true
  fi
  "$noid" down >/dev/null || status=1
  cd /
  rm -rf "$place"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

field() { # name: of the VM's JSON, which has one field a line
  sed -n "s/^ *\"$1\" *: *\"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}$/\1/p" <<<"$vm" | head -n 1
}

say "a stack of its own: Kafka, Postgres, gateway, worker"
run up -d --port 0

say "a VM"
run create demo

vm=$("$noid" get demo -o json)
engine=$(field engine)
[[ $engine == qemu || $engine == firecracker ]] || fail "the engine is '$engine', which is no VM"
guest_boot=$("$noid" exec demo -n -- cat /proc/sys/kernel/random/boot_id)
host_boot=$(</proc/sys/kernel/random/boot_id)
[[ $guest_boot =~ ^[0-9a-f-]{36}$ && $guest_boot != "$host_boot" ]] || fail "the command ran under this machine's own kernel"
printf '%sengine %s, isolation %s; boot id %s in the VM, %s here%s\n' "$dim" "$engine" "$(field isolation)" \
  "${guest_boot%%-*}" "${host_boot%%-*}" "$plain"

say "commands in it"
run exec demo -n -- uname -a
run exec demo -n -- sh -c 'grep -m 1 "model name" /proc/cpuinfo; grep MemTotal /proc/meminfo'
run exec demo -n -- sh -c 'for i in 1 2 3 4 5; do echo "line $i"; sleep 0.2; done'
printf 'through the pipe\n' | run exec demo -- tr a-z A-Z
code=0
run exec demo -n -- sh -c 'echo out; echo err >&2; exit 7' || code=$?
printf '%sexit code %s%s\n' "$dim" "$code" "$plain"
((code == 7)) || fail "the exit code should be 7"

say "where the time of the last command went"
run job get -o table "$("$noid" job ls --vm demo -q --limit 1)"

say "files outlive a stop and a start"
run exec demo -n -- sh -c 'echo kept > /srv/file; sync'
run stop demo
run start demo
shown exec demo -n -- cat /srv/file
kept=$("$noid" exec demo -n -- cat /srv/file)
echo "$kept"
[[ $kept == kept ]] || fail "the file is gone"
run ls -o table
run rm demo

now=${EPOCHREALTIME/[.,]/}
printf '\n%sdone in %d.%d s%s\n' "$dim" $(((now - began) / 1000000)) $(((now - began) / 100000 % 10)) "$plain"
