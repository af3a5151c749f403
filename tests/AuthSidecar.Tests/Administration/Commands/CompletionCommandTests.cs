using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Administration.Commands;

/// <summary><c>completion</c>, in a real bash with the real program.</summary>
public sealed class CompletionCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CommandRunner _run;

    public CompletionCommandTests() =>
        _run = new(_directory.Path) { LoadSettings = _ => throw new InvalidOperationException("Settings were read.") };

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("authsidecar ke", "keys")]
    [InlineData("authsidecar keys li", "list")]
    [InlineData("authsidecar keys list --exp", "--expiring")]
    [InlineData("authsidecar keys list --status exp", "expired expiring")]
    [InlineData("authsidecar keys list --status ", "active expired expiring revoked")]
    [InlineData("authsidecar --config authsidecar.json users create bob --role a", "admin")]
    [InlineData("authsidecar   groups   s", "show")]
    [InlineData("authsidecar frobnicate x", "")]
    [InlineData("authsidecar users create $(touch made) `touch made` '", "")]
    [InlineData("authsidecar prices import /", "")]
    public async Task Bash_CompletesTheLine(string line, string expected)
    {
        var (exitCode, script, error) = await _run.RunAsync("completion", "bash");
        Assert.Equal((0, ""), (exitCode, error));
        await File.WriteAllTextAsync(_directory["script"], script);
        await File.WriteAllTextAsync(
            _directory["test"],
            """
            set -u
            PATH="$2:$PATH"
            . ./script
            complete -p authsidecar > registered
            COMP_LINE=$1 COMP_POINT=${#1}
            set -f; COMP_WORDS=($COMP_LINE); set +f
            [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _authsidecar authsidecar "${COMP_WORDS[COMP_CWORD]}" ''
            echo "${COMPREPLY[*]}"
            """
        );

        var (code, output) = await Task.Run(() =>
            Programs.Run("bash", ["--norc", "./test", line, AppContext.BaseDirectory], _directory.Path)
        );

        Assert.Equal((0, expected), (code, string.Join(' ', output.Split((char[])['\n', ' '], StringSplitOptions.RemoveEmptyEntries))));
        Assert.Contains("-F _authsidecar authsidecar", await File.ReadAllTextAsync(_directory["registered"]), StringComparison.Ordinal);
        Assert.False(File.Exists(_directory["made"]));
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _authsidecar authsidecar")]
    [InlineData("zsh", "#compdef authsidecar")]
    [InlineData("fish", "complete -c authsidecar ")]
    public async Task EachShell_HasItsScript(string shell, string part)
    {
        var (exitCode, output, error) = await _run.RunAsync("completion", shell);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains(part, output, StringComparison.Ordinal);
        Assert.Contains("[suggest:", output, StringComparison.Ordinal);
        Assert.Equal(output, (await _run.JsonAsync("completion", shell)).GetProperty("script").GetString());
    }

    [Theory]
    [InlineData("completion")]
    [InlineData("completion", "powershell")]
    [InlineData("completion", "bash", "zsh")]
    [InlineData("version", "bash")]
    public async Task WrongArguments_AreUsageErrors(params string[] words) => Assert.Equal(64, (await _run.FailAsync(words)).ExitCode);

    [Fact]
    public async Task Version_NamesVersionCommitAndRuntime()
    {
        var version = await _run.JsonAsync("version");

        Assert.Equal(["version", "commit", "runtime"], version.EnumerateObject().Select(member => member.Name));
        Assert.Matches(@"^\d+\.\d+\.\d+", version.GetProperty("version").GetString());
        Assert.Equal($".NET {Environment.Version}", version.GetProperty("runtime").GetString());
        var (_, text, _) = await _run.RunAsync("version");
        Assert.Matches(@"^authsidecar \d+\.\d+\.\d+\S*( \([0-9a-f]+\))?, \.NET \d+\.\d+\.\d+\n$", text);
    }

    [Fact]
    public async Task Slash_IsNotHelp()
    {
        var run = new CommandRunner(_directory.Path);

        Assert.Equal("There is no user /h.", (await run.FailAsync("users", "show", "/h")).Message);
    }
}
