#!/usr/bin/env bash
# Changes the code in one place at a time and looks for a test that fails: tests/mutation.sh FOLDER…, of those named below.
# tests/mutation.sh --since COMMIT takes the files of these folders that changed since then, for at most MUTATION_MINUTES (8).
# Below a score of 90 it fails. The report is in artifacts/mutation/reports.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folders="Paths Policies Authorization Credentials Authentication RateLimiting Pipeline"

# A build of its own: when it is cut off, changed code stays behind in it.
export ArtifactsPath="$PWD/artifacts/mutation" DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
limit=0 mutate=()
if [ "${1:-}" = --since ]; then
  limit=${MUTATION_MINUTES:-8}
  git rev-parse --quiet --verify "${2:-}^{commit}" >/dev/null || { echo "Mutation: no commit ${2:-} here to compare with."; exit 0; }
  for file in $(git diff --name-only --diff-filter=d "$2" -- $(printf 'src/AuthSidecar/%s/ ' $folders) | grep '\.cs$'); do
    mutate+=(--mutate "**/${file#src/AuthSidecar/}")
  done
  if [ ${#mutate[@]} -eq 0 ]; then
    echo "Mutation: no file of $folders changed since $2."
    exit 0
  fi
else
  for folder in "$@"; do
    case " $folders " in *" $folder "*) mutate+=(--mutate "**/AuthSidecar/$folder/**/*.cs") ;; *) echo "Not one of $folders: $folder" >&2; exit 64 ;; esac
  done
  [ ${#mutate[@]} -gt 0 ] || { echo "tests/mutation.sh FOLDER… of $folders, or --since COMMIT" >&2; exit 64; }
fi

dotnet tool restore >/dev/null
cd tests/AuthSidecar.Tests
code=0
timeout --signal=INT --kill-after=20 "${limit}m" dotnet stryker --config-file ../mutation.yaml --output ../../artifacts/mutation/reports "${mutate[@]}" || code=$?
if [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then
  echo "Mutation: not finished within $limit minutes, so there is no score."
  exit 0
fi
exit "$code"
