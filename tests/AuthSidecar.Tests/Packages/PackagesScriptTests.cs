using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Packages;

/// <summary>tests/packages.sh with a stand-in for <c>dotnet</c>.</summary>
public sealed class PackagesScriptTests : IDisposable
{
    private const string Nothing = """{ "version": 1, "projects": [ { "path": "a.csproj" } ] }""";
    private const string Known =
        """{ "projects": [ { "frameworks": [ { "topLevelPackages": [ { "id": "Newtonsoft.Json", "vulnerabilities": [ { "severity": "High" } ] } ] } ] } ] }""";
    private const string Vulnerable = """
        {
          "version": 1,
          "projects": [
            { "path": "a.csproj", "frameworks": [ { "framework": "net10.0",
              "topLevelPackages": [
                {
                  "id": "Some.Package",
                  "requestedVersion": "1.0.0",
                  "resolvedVersion": "1.0.0",
                  "vulnerabilities": [ { "severity": "High", "advisoryurl": "https://github.com/advisories/GHSA-1" } ]
                } ],
              "transitivePackages": [ { "id": "xunit", "resolvedVersion": "2.9.3", "vulnerabilities": [ { "severity": "Low" } ] } ] } ] }
          ]
        }
        """;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void NothingFound_Passes() => Assert.Equal((0, ""), Run(Nothing, Nothing, Known));

    [Fact]
    public void Vulnerability_Fails() =>
        Assert.Equal((1, "packages: Some.Package is vulnerable\npackages: xunit is vulnerable\n"), Run(Vulnerable, Nothing, Known));

    [Theory]
    [InlineData("Old.Package", 1)]
    [InlineData("xunit.core", 0)]
    [InlineData("xunit.core.more", 1)]
    public void DeprecatedPackage_FailsUnlessItIsAccepted(string id, int exitCode)
    {
        var deprecated =
            $$"""{ "projects": [ { "frameworks": [ { "transitivePackages": [ { "id": "{{id}}", "deprecationReasons": ["Legacy"], "alternativePackage": { "id": "New.Package" } } ] } ] } ] }""";

        Assert.Equal((exitCode, exitCode == 0 ? "" : $"packages: {id} is deprecated\n"), Run(Nothing, deprecated, Known));
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{ "version": 1, "problems": [ { "text": "Restore failed.", "level": "error" } ] }""")]
    [InlineData("""{ "projects": [], "problems": [ { "text": "A source did not answer.", "level": "warning" } ] }""")]
    public void NoWholeAnswer_Fails(string answer)
    {
        var (exitCode, output) = Run(answer, Nothing, Known);

        Assert.Equal(1, exitCode);
        Assert.Contains("packages: cannot find out what is vulnerable", output, StringComparison.Ordinal);
    }

    [Fact]
    public void ToolFails_Fails() => Assert.Equal(1, Run(Nothing, Nothing, Known, "exit 1").ExitCode);

    [Theory]
    [InlineData("", 0)]
    [InlineData("envoy,advisories", 1)]
    public void SourceWithoutAdvisories_IsReportedAndFailsWhenRequired(string required, int exitCode)
    {
        var (code, output) = Run(Nothing, Nothing, Nothing, $"export TESTS_REQUIRE={required}");

        Assert.Equal(exitCode, code);
        Assert.Contains("SKIPPED", output, StringComparison.Ordinal);
    }

    private (int ExitCode, string Output) Run(string vulnerable, string deprecated, string known, string first = "")
    {
        File.WriteAllText(_directory["vulnerable"], vulnerable);
        File.WriteAllText(_directory["deprecated"], deprecated);
        File.WriteAllText(_directory["known"], known);
        File.WriteAllText(
            _directory["dotnet"],
            $"""
            #!/bin/sh
            {(first.StartsWith("exit", StringComparison.Ordinal) ? first : "")}
            case "$*" in
              restore*) ;;
              *known.csproj*) cat '{_directory["known"]}' ;;
              *--vulnerable*) cat '{_directory["vulnerable"]}' ;;
              *--deprecated*) cat '{_directory["deprecated"]}' ;;
            esac
            """
        );
        File.SetUnixFileMode(_directory["dotnet"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var setting = first.StartsWith("export", StringComparison.Ordinal) ? first : "unset TESTS_REQUIRE";
        return Programs.Run(
            "bash",
            ["-c", $"{setting}; PATH='{_directory["."]}':$PATH exec bash '{Repository.File("tests", "packages.sh")}'"]
        );
    }
}
