#!/usr/bin/env bash
# Mutation testing: tests/mutation.sh FOLDER… mutates the named folders of src/AuthSidecar, which must be in the list below.
# tests/mutation.sh --since COMMIT mutates the files of these folders changed since COMMIT, for at most MUTATION_MINUTES (8).
# Fails below a score of 90. Reports: artifacts/mutation/reports.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folders="Access/Requests Access/Policies Access/Authorization Access/Credentials Access/Authentication Access/RateLimiting Decisions/Pipeline Decisions/Routes Decisions/Text"

# A separate build output: an interrupted run leaves mutated assemblies behind.
export ArtifactsPath="$PWD/artifacts/mutation" DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
limit=0 mutate=()
if [ "${1:-}" = --since ]; then
  limit=${MUTATION_MINUTES:-8}
  git rev-parse --quiet --verify "${2:-}^{commit}" >/dev/null || { echo "Mutation: commit ${2:-} not found."; exit 0; }
  for file in $(git diff --name-only --diff-filter=d "$2" -- $(printf 'src/AuthSidecar/%s/ ' $folders) | grep '\.cs$'); do
    mutate+=(--mutate "**/${file#src/AuthSidecar/}")
  done
  if [ ${#mutate[@]} -eq 0 ]; then
    echo "Mutation: no file of $folders changed since $2."
    exit 0
  fi
else
  for folder in "$@"; do
    case " $folders " in *" $folder "*) mutate+=(--mutate "**/AuthSidecar/$folder/**/*.cs") ;; *) echo "Unknown folder $folder; expected one of $folders" >&2; exit 64 ;; esac
  done
  [ ${#mutate[@]} -gt 0 ] || { echo "Usage: tests/mutation.sh FOLDER… (of $folders) or --since COMMIT" >&2; exit 64; }
fi

dotnet tool restore >/dev/null
cd tests/AuthSidecar.Tests
code=0
timeout --signal=INT --kill-after=20 "${limit}m" dotnet stryker --config-file ../mutation.yaml --output ../../artifacts/mutation/reports "${mutate[@]}" || code=$?
if [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then
  echo "Mutation: not finished within $limit minutes; no score."
  exit 0
fi
exit "$code"
