#!/usr/bin/env bash
# Every test of every module, and one line that sums them up. Started by `./noid test`, which has set up what is needed.
# all-tests.sh ROOT [MAVEN_ARGUMENT...]
set -euo pipefail
exec </dev/null

root=$1
shift
cd "$root"
log=target/test.log
mkdir -p target

ms() { local t=${EPOCHREALTIME/[.,]/}; echo $((t / 1000)); }
took() { printf '%d.%d s' $(($1 / 1000)) $(($1 % 1000 / 100)); }

# Reports of an earlier run must not count as this one's.
rm -f -- */target/surefire-reports/TEST-*.xml

# One line a module, told from Maven's own "Building NAME VERSION [n/m]".
progress() {
  local line module= began=0 begins='^\[INFO\] Building ([^ ]+) .*\[[0-9]+/[0-9]+\]$'
  while IFS= read -r line; do
    if [[ $line =~ $begins ]]; then
      [[ -z $module ]] || printf '%s\n' "$(took $(($(ms) - began)))"
      module=${BASH_REMATCH[1]} began=$(ms)
      printf 'testing %s ... ' "$module"
    elif [[ $line == "[INFO] Reactor Summary"* && -n $module ]]; then
      printf '%s\n' "$(took $(($(ms) - began)))"
      module=
    fi
  done
  [[ -z $module ]] || printf 'stopped\n'
}

# Failing tests do not stop the rest: what failed is counted below, from the reports. A test that fails is run once more
# at the end of its module: on a busy machine a wait may be too short. It is named below as flaky, to be mended.
status=0
mvn -B -ntp -fae -Dstyle.color=never -Dmaven.test.failure.ignore=true -Dsurefire.rerunFailingTestsCount=1 "$@" verify 2>&1 | tee "$log" | progress || status=$?

shopt -s nullglob
reports=(*/target/surefire-reports/TEST-*.xml)
summary=$(
  ((${#reports[@]} == 0)) || awk '
    function attribute(line, name,   value) {
      if (!match(line, "[ \t]" name "=\"[^\"]*\"")) return ""
      value = substr(line, RSTART, RLENGTH)
      sub("^[ \t]" name "=\"", "", value); sub("\"$", "", value)
      gsub("&lt;", "<", value); gsub("&gt;", ">", value); gsub("&quot;", "\"", value); gsub("&apos;", "'\''", value)
      gsub("&#10;", " ", value); gsub("&amp;", "\\&", value)
      return value
    }
    /^<testsuite / || /^  *<testsuite / {
      tests += attribute($0, "tests"); failed += attribute($0, "failures") + attribute($0, "errors"); skipped += attribute($0, "skipped")
    }
    /^ *<testcase / { name = attribute($0, "classname") " " attribute($0, "name") }
    /^ *<skipped/ {
      why = attribute($0, "message")
      if (why == "" && match($0, /Exception: [^\]]*/)) why = substr($0, RSTART + 11, RLENGTH - 11)
      print "skipped: " name ": " why
    }
    /^ *<(failure|error)[ >]/ { print "failed: " name }
    /^ *<flaky(Failure|Error)[ >]/ { print "flaky, passed when run again: " name }
    END { printf "sum %d %d %d\n", tests - failed - skipped, failed, skipped }
  ' "${reports[@]}"
)
read -r passed failed skipped <<<"$(sed -n 's/^sum //p' <<<"$summary" || true)" || true
: "${passed:=0}" "${failed:=0}" "${skipped:=0}"

if ((status != 0 || failed > 0)); then
  grep -E '^\[(ERROR\]|WARNING\] .*\.java)' "$log" | tail -n 60 >&2 || true
  echo "the whole log: $root/$log" >&2
fi
sed -n '/^sum /!p' <<<"$summary" | sed '/^$/d'
((status == 0)) || echo "the build failed: see the errors above"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
((status == 0 && failed == 0 && passed > 0))
