#!/usr/bin/env bash
# Fails when a package is deprecated or has a known vulnerability, or when the package source does not answer: tests/packages.sh
# A source without advisories proves nothing: the script prints a notice, and TESTS_REQUIRE=advisories turns it into a failure.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# xunit 2 is deprecated in favour of version 3, which needs another test platform; version 2 still receives fixes.
accepted='^xunit(\.(abstractions|assert|core|extensibility\.(core|execution)))?$'

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# ask PROJECT vulnerable|deprecated: prints the ids of these packages; fails on an incomplete answer.
ask() {
  dotnet list "$1" package "--$2" --include-transitive --format json >"$scratch/answer" 2>"$scratch/problems" || return 1
  grep -q '"projects"' "$scratch/answer" && ! grep -q '"problems"' "$scratch/answer" || return 1
  tr '\n' ' ' <"$scratch/answer" | { grep -oE '"id": *"[^"]*"|"(vulnerabilities|deprecationReasons)"' || true; } |
    awk -F'"' '$2 == "id" { id = $4; next } { print id }' | sort -u
}

status=0
for kind in vulnerable deprecated; do
  if ! found=$(ask AuthSidecar.sln "$kind"); then
    cat "$scratch/answer" "$scratch/problems"
    echo "packages: cannot find out what is $kind"
    status=1
    continue
  fi
  [ "$kind" = vulnerable ] || found=$(grep -vE "$accepted" <<<"$found")
  for id in $found; do
    echo "packages: $id is $kind"
    status=1
  done
done

# An old version with an advisory of 2022.
cat >"$scratch/known.csproj" <<'EOF'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><NuGetAudit>false</NuGetAudit></PropertyGroup>
  <ItemGroup><PackageReference Include="Newtonsoft.Json" Version="12.0.1" /></ItemGroup>
</Project>
EOF
if ! known=$(dotnet restore "$scratch/known.csproj" --verbosity quiet >&2 && ask "$scratch/known.csproj" vulnerable); then
  cat "$scratch/problems"
  echo "packages: cannot ask the package source"
  status=1
elif [ "$known" != Newtonsoft.Json ]; then
  echo "packages: the package source has no advisories (Newtonsoft.Json 12.0.1 is not in them): SKIPPED"
  [[ ",${TESTS_REQUIRE:-}," != *,advisories,* ]] || status=1
fi

exit "$status"
