using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests;

/// <summary>
/// <c>tests/run.sh</c> in a separate directory, with a stand-in for <c>dotnet</c> on the PATH that prints recorded output.
/// </summary>
public sealed class RunScriptTests : IDisposable
{
    private const string Fake = """
        #!/bin/sh
        [ "$1" = build ] && exit "$(cat "$FAKE/build")"
        [ "$1" = --info ] || [ "$1" = publish ] && exit 0
        name=$(basename "$2" .csproj)
        echo "$*" >>"$FAKE/calls"
        cat "$FAKE/$name.out"
        exit "$(cat "$FAKE/$name.exit")"
        """;

    private const string Green = """
        [xUnit.net 00:00:00.91]   Starting:    Some.Tests
        {"event":"decision"}
             Passed: 99
          Passed Some.Tests.Good [4 ms]

        Total tests: 3
             Passed: 3
         Total time: 2.8 Seconds
        """;

    private const string Red = """
        sidecar: a line of its log
        [xUnit.net 00:00:01.32]     Some.Tests.Needs [SKIP]
        [xUnit.net 00:00:01.32]       needs envoy: not found.
          Failed Some.Tests.Bad(word: "x") [7 ms]
          Error Message:
           Assert.Equal() Failure

        Expected: 1
          Stack Trace:
             at Some.Tests.Bad() in Tests.cs:line 7

          Skipped Some.Tests.Needs [1 ms]
          Passed Some.Tests.Good [4 ms]
        sidecar: another line of its log

        Total tests: 3
             Passed: 1
             Failed: 1
            Skipped: 1
        """;

    private const string Crashed = """
          Passed Some.Tests.Good [4 ms]
        The active test run was aborted. Reason: Test host process crashed : Process terminated.
           at System.Environment.FailFast(System.String)
        The test running when the crash occurred:
        Some.Tests.Dies

        Test Run Aborted.
        """;

    private const string Hung =
        Crashed
        + """


            Total tests: Unknown
                 Passed: 1
                 Failed: 1
            """;

    private const string Unmatched = "No test matches the given testcase filter `FullyQualifiedName~Other` in /x/Some.Tests.dll\n";
    private const string Empty = "No test is available in /x/Some.Tests.dll. Make sure that test discoverer & executors are registered.\n";

    private readonly string _root = Directory.CreateTempSubdirectory("run-script-").FullName;

    public RunScriptTests()
    {
        Write("tests/run.sh", Repository.Text("tests", "run.sh"));
        Write("bin/dotnet", Fake);
        File.SetUnixFileMode(Path.Combine(_root, "bin/dotnet"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Write("fake/build", "0");
        Project("One.Tests", Green);
        Project("Two.IntegrationTests", Green);
        Project("Three.BrowserTests", Green);
    }

    [Fact]
    public void Green_IsZero()
    {
        var output = Run(0, "9 passed, 0 failed, 0 skipped");
        Assert.DoesNotContain("decision", output, StringComparison.Ordinal);
        Assert.Equal(Green, File.ReadAllText(Path.Combine(_root, "artifacts/tests/One.Tests.log")));
    }

    [Fact]
    public void Failure_IsPrintedWithMessageAndStack_AndASkipWithItsReason()
    {
        Project("Two.IntegrationTests", Red, 1);
        var output = Run(1, "7 passed, 1 failed, 1 skipped");
        Assert.Contains(
            """
              Skipped Some.Tests.Needs: needs envoy: not found.
              Failed Some.Tests.Bad(word: "x") [7 ms]
              Error Message:
               Assert.Equal() Failure

            Expected: 1
              Stack Trace:
                 at Some.Tests.Bad() in Tests.cs:line 7
            Two.IntegrationTests: 1 passed, 1 failed, 1 skipped; log: artifacts/tests/Two.IntegrationTests.log
            """,
            output,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("line of its log", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Crashed, 1, "6 passed, 1 failed, 0 skipped")]
    [InlineData(Crashed, 0, "6 passed, 1 failed, 0 skipped")]
    [InlineData(Hung, 1, "7 passed, 2 failed, 0 skipped")]
    public void CrashedHost_IsANamedFailure(string projectOutput, int exitCode, string count)
    {
        Project("Two.IntegrationTests", projectOutput, exitCode);
        var output = Run(1, count);
        Assert.Contains($"Two.IntegrationTests: did not run to its end (exit code {exitCode})", output, StringComparison.Ordinal);
        Assert.Contains("Test host process crashed", output, StringComparison.Ordinal);
        Assert.Contains("Some.Tests.Dies", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Green, 1, "9 passed, 1 failed, 0 skipped", "did not run to its end (exit code 1)")]
    [InlineData("", 139, "6 passed, 1 failed, 0 skipped", "did not run to its end (exit code 139)")]
    [InlineData("", 0, "6 passed, 1 failed, 0 skipped", "ran no test")]
    [InlineData(Empty, 0, "6 passed, 1 failed, 0 skipped", "ran no test")]
    public void UnfinishedProject_IsANamedFailure(string projectOutput, int exitCode, string count, string complaint)
    {
        Project("Three.BrowserTests", projectOutput, exitCode);
        Assert.Contains($"Three.BrowserTests: {complaint}", Run(1, count), StringComparison.Ordinal);
    }

    [Fact]
    public void ABuildThatFails_RunsNothing()
    {
        Write("fake/build", "1");
        Run(1, "0 passed, 1 failed, 0 skipped");
        Assert.False(File.Exists(Path.Combine(_root, "fake/calls")));
    }

    [Fact]
    public void AFilter_GoesToEachProject_AndNeedsToMatchInOne()
    {
        Project("One.Tests", Unmatched);
        Project("Three.BrowserTests", Unmatched);
        Run(0, "3 passed, 0 failed, 0 skipped", "--filter", "FullyQualifiedName~A B");
        Assert.All(File.ReadLines(Path.Combine(_root, "fake/calls")), call =>
            Assert.EndsWith("--filter FullyQualifiedName~A B", call, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void AFilterThatMatchesNowhere_IsAFailure()
    {
        Project("One.Tests", Unmatched);
        Project("Two.IntegrationTests", Unmatched);
        Project("Three.BrowserTests", Unmatched);
        Assert.Contains("No test matches.", Run(1, "0 passed, 1 failed, 0 skipped", "--filter", "Other"), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Project(string name, string projectOutput, int exitCode = 0)
    {
        Write($"tests/{name}/{name}.csproj", "");
        Write($"fake/{name}.out", projectOutput);
        Write($"fake/{name}.exit", $"{exitCode}");
    }

    private void Write(string file, string text)
    {
        var path = Path.Combine(_root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private string Run(int exitCode, string lastLine, params string[] arguments)
    {
        string[] environment = [$"PATH={_root}/bin:{Environment.GetEnvironmentVariable("PATH")}", $"FAKE={_root}/fake"];
        var (code, output) = Programs.Run("/usr/bin/env", [.. environment, "bash", Path.Combine(_root, "tests/run.sh"), .. arguments]);
        Assert.Equal((exitCode, lastLine), (code, output.TrimEnd('\n').Split('\n')[^1]));
        return output;
    }
}
