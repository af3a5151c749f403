#!/usr/bin/env bash
# Builds everything and runs every test: tests/run.sh [--filter EXPRESSION]
# A test whose server or tool is missing is skipped by name with the reason; TESTS_REQUIRE=envoy,node,… makes that a failure.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

if ! dotnet build AuthSidecar.sln --configuration Release --verbosity quiet; then
  echo "0 passed, 1 failed"
  exit 1
fi

output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0
for project in tests/*.Tests/*.csproj tests/*.IntegrationTests/*.csproj tests/*.BrowserTests/*.csproj; do
  dotnet test "$project" --configuration Release --no-build --logger "console;verbosity=normal" "$@" 2>&1 |
    grep --line-buffered -vE '^ +Passed |^\s*$|^(Starting test|A total of|Test Run |Results File)' | tee -a "$output" || true
  [ "${PIPESTATUS[0]}" -eq 0 ] || status=1
done

count() { awk -v label="$1:" '$1 == label { sum += $2 } END { print sum + 0 }' "$output"; }
passed=$(count Passed) failed=$(count Failed) skipped=$(count Skipped)
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$status" -eq 0 ] && [ "$failed" -eq 0 ]
