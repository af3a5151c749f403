#!/usr/bin/env bash
# Builds everything and runs every test: tests/run.sh [--filter EXPRESSION]
# Prints failures, skips with their reason and, last, the totals. Complete logs: artifacts/tests.
# A test whose server or tool is missing is skipped with the reason; TESTS_REQUIRE=envoy,node,… turns the skip into a failure.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
logs=artifacts/tests passed=0 failed=0 skipped=0
rm -rf "$logs"
mkdir -p "$logs"

finish() {
  # Their names once more, at the end: the stacks above can be longer than what is kept of the output.
  sed -nE 's/^  Failed (.*) \[[^]]*\]$/Failed: \1/p' "$logs"/*.log 2>/dev/null
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ]
  exit
}

# npm packages are installed during the build. A failure appears later, as the reason of the skipped tests.
for folder in tests/*/node; do
  [ -f "$folder/package-lock.json" ] && [ ! "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] || continue
  (cd "$folder" && npm ci >/dev/null 2>&1) &
done

if ! dotnet build AuthSidecar.sln --configuration Release --verbosity quiet; then
  failed=1
  finish
fi

# The tests start the sidecar some two hundred times. Published for a platform, compiled ahead of time, it costs a fifth of the CPU time until it is ready.
publish() {
  local runtime
  runtime=$(dotnet --info | awk '$1 == "RID:" { print $2 }')
  # The command of docs/getting-started.md.
  dotnet publish src/AuthSidecar --configuration Release --runtime "$runtime" --no-self-contained --output artifacts/published/sidecar \
    -p:ArtifactsPath="$PWD/artifacts/published" -p:RunAnalyzers=false --verbosity quiet
}
if publish >"$logs/publish.log" 2>&1; then
  export TESTS_SIDECAR=$PWD/artifacts/published/sidecar/authsidecar.dll
else
  echo "The sidecar was not compiled ahead of time ($logs/publish.log); the tests start the one of the build."
fi
wait

# The processes of the tests end before a profile of their code pays.
export DOTNET_TieredPGO=0

# Prints message and stack of a failure, the reason of a skip, and the running tests of a crashed test host.
report='
  /^\[xUnit\.net / {
    sub(/^\[xUnit\.net [0-9:.]+\] +/, "")
    if (skip != "") { print "  Skipped " skip ": " $0; skip = "" }
    else if (sub(/ \[SKIP\]$/, "")) skip = $0
    next
  }
  /^  (Passed|Skipped) .*\]$/ || /^Total tests:/ { show = 0 }
  /^  Failed .*\]$/ { show = 1; last = 0 }
  /^The active test run was aborted/ { print }
  /^The tests? running when the crash occurred/ { show = last = 1 }
  /^  Stack Trace:/ { last = 1 }
  show && last && (/^ *$/ || /^  Standard Output Messages:/) { show = 0 }
  show'

count() { awk -v label="$1:" '/^Total tests:/ { found = 1 } found && $1 == label { sum = $2 } END { print sum + 0 }' "$log"; }

# Runs one project and writes its log and exit code.
run() {
  local project=$1 base
  shift
  base=$logs/$(basename "$project" .csproj)
  dotnet test "$project" --configuration Release --no-build --logger "console;verbosity=normal" \
    --results-directory "$base" --blame-hang-timeout 10m --blame-hang-dump-type none "$@" >"$base.log" 2>&1
  echo $? >"$base.exit"
}

# Background jobs do not receive Ctrl+C.
trap 'trap - INT TERM; kill 0' INT TERM
# Two in parallel: the integration tests mostly wait and take as long as all other projects in sequence.
for project in tests/*.IntegrationTests/*.csproj; do
  run "$project" "$@"
done &
for project in tests/*.BrowserTests/*.csproj tests/*.Tests/*.csproj; do
  run "$project" "$@"
done &
wait

for project in tests/*.Tests/*.csproj tests/*.IntegrationTests/*.csproj tests/*.BrowserTests/*.csproj; do
  name=$(basename "$project" .csproj)
  log=$logs/$name.log
  status=$(cat "$logs/$name.exit" 2>/dev/null || echo 255)
  awk "$report" "$log"
  p=$(count Passed) f=$(count Failed) s=$(count Skipped) lost=""
  if { [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; } || grep -q '^Test Run Aborted' "$log"; then
    lost="did not run to its end (exit code $status), "
  elif [ $((p + f + s)) -eq 0 ] && ! grep -q '^No test matches the given testcase filter' "$log"; then
    lost="ran no test, "
  fi
  [ -z "$lost" ] || f=$((f + 1))
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  echo "$name: $lost$p passed, $f failed, $s skipped; log: $log"
done

if [ $((passed + failed + skipped)) -eq 0 ]; then
  echo "No test matches."
  failed=1
fi
finish
