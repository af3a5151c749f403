using System.Text.Json;
using AuthSidecar.Administration.Client;
using AuthSidecar.Administration.Commands;
using AuthSidecar.Tests.Platform.Storage;

namespace AuthSidecar.Tests.Administration.Client;

/// <summary><c>login --store</c> with a program for the keyring that the test wrote.</summary>
public sealed class KeyringTests : IAsyncLifetime, IDisposable
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Keeps a file for each server, the last argument, and all arguments.</summary>
    private const string Working = """
        echo "$@" >> "$(dirname "$0")/arguments"
        for last; do :; done
        file="$(dirname "$0")/$(printf %s "$last" | tr -c 'a-z0-9' _).kept"
        case $1 in
          store) cat > "$file" ;;
          lookup) [ -f "$file" ] || exit 1; cat "$file" ;;
          clear) rm -f "$file" ;;
        esac
        """;

    private const string Locked = "echo 'secret-tool: the keyring is locked' >&2; exit 1";
    private const string Full = "exit 1";
    private const string Silent = "exec sleep 60";

    private readonly TemporaryDirectory _directory = new();
    private readonly HurriedTime _time = new();
    private ScriptedServer _server = null!;
    private bool _hasBus = true;

    public async Task InitializeAsync() => _server = await ScriptedServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    private string Tokens => Path.Combine(_directory.Path, "authsidecar", "tokens.json");

    [Fact]
    public async Task Token_IsInTheKeyring_WhereOneAnswers()
    {
        Write("secret-tool", Working);

        var (exitCode, output, _) = await LogInAsync("first");
        Assert.Equal(0, exitCode);
        Assert.Contains("the token is in the keyring.", output, StringComparison.Ordinal);
        Assert.DoesNotContain("aso_", await File.ReadAllTextAsync(Tokens), StringComparison.Ordinal);
        Assert.Equal((0, "aso_first\n", ""), await RunAsync("token", "--server", _server.Address));

        Assert.Equal(0, (await LogInAsync("second")).ExitCode);
        Assert.Equal("aso_first", Revoked());
        Assert.Equal("aso_second\n", (await RunAsync("token", "--server", _server.Address)).Output);

        Assert.Equal(0, (await RunAsync("logout", "--server", _server.Address)).ExitCode);
        Assert.Equal("aso_second", Revoked());
        Assert.Empty(Directory.GetFiles(_directory.Path, "*.kept"));
        Assert.Equal(1, (await RunAsync("token", "--server", _server.Address)).ExitCode);
        Assert.DoesNotContain("aso_", await File.ReadAllTextAsync(Path.Combine(_directory.Path, "arguments")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Locked)]
    [InlineData(Full)]
    [InlineData(Silent)]
    public async Task Token_IsInTheFile_WhereNoKeyringTakesIt(string? program)
    {
        Write("secret-tool", program ?? Working);
        _hasBus = program is not null;

        var (exitCode, output, _) = await LogInAsync("first");

        Assert.Equal(0, exitCode);
        Assert.Contains($"the token is in {Tokens}.", output, StringComparison.Ordinal);
        Assert.Equal("aso_first\n", (await RunAsync("token", "--server", _server.Address)).Output);
    }

    [Fact]
    public async Task WantedKeyring_ThatDoesNotAnswer_IsAnError_BeforeTheLogin()
    {
        Write("secret-tool", Locked);

        Assert.Equal((1, "no_keyring"), Failure(await LogInAsync("first", "--store", "keyring", "--json")));

        Assert.Empty(_server.Forms);
    }

    [Fact]
    public async Task WantedKeyring_ThatDoesNotTakeTheToken_LeavesNoTokenInForce()
    {
        Write("secret-tool", Full);

        Assert.Equal((1, "no_keyring"), Failure(await LogInAsync("first", "--store", "keyring", "--json")));

        Assert.Equal("aso_first", Revoked());
        Assert.False(File.Exists(Tokens));
    }

    [Fact]
    public async Task Token_MovesToTheFile_IfWanted()
    {
        Write("secret-tool", Working);
        await LogInAsync("first");

        var stored = JsonDocument.Parse((await LogInAsync("second", "--store", "file", "--json")).Output).RootElement;

        Assert.Equal(("file", Tokens), (stored.GetProperty("store").GetString(), stored.GetProperty("file").GetString()));
        Assert.Equal("aso_first", Revoked());
        Assert.Empty(Directory.GetFiles(_directory.Path, "*.kept"));
        Assert.Contains("aso_second", await File.ReadAllTextAsync(Tokens), StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeyringThatIsGone_PrintsNothing_AndALoginWorks()
    {
        Write("secret-tool", Working);
        await LogInAsync("first");
        _hasBus = false;

        Assert.Equal((1, "keyring_locked"), Failure(await RunAsync("token", "--server", _server.Address, "--json")));
        Assert.Equal((1, "keyring_locked"), Failure(await RunAsync("logout", "--server", _server.Address, "--json")));

        Assert.Equal(0, (await LogInAsync("second")).ExitCode);
        Assert.Equal("aso_second\n", (await RunAsync("token", "--server", _server.Address)).Output);
    }

    [Fact]
    public async Task PrintedToken_IsNotStored()
    {
        Write("secret-tool", Working);

        Assert.Equal((64, "usage"), Failure(await LogInAsync("first", "--print", "--store", "file", "--json")));
        Assert.Equal((64, "usage"), Failure(await LogInAsync("first", "--store", "elsewhere", "--json")));

        Assert.Equal((0, "aso_first\n"), (await LogInAsync("first", "--print")) is var (code, output, _) ? (code, output) : default);
        Assert.False(File.Exists(Path.Combine(_directory.Path, "arguments")));
    }

    [Fact]
    public async Task Directory_ThatCannotBeMade_IsAnError_BeforeTheLogin()
    {
        await File.WriteAllTextAsync(Path.GetDirectoryName(Tokens)!, "");

        Assert.Equal((1, "cannot_write"), Failure(await LogInAsync("first", "--json")));

        Assert.Empty(_server.Forms);
    }

    /// <summary>The program of macOS reads its command from standard input.</summary>
    [Fact]
    public async Task MacOs_GetsTheSecretOverItsInput()
    {
        var program = Write(
            "security",
            """
            echo "$@" >> "$(dirname "$0")/arguments"
            case $1 in
              -i) sed -n 's/^add-generic-password -U -s authsidecar -a "https:\/\/keys.example.com" -w "\(.*\)"$/\1/p' > "$0.kept" ;;
              find-generic-password) [ -f "$0.kept" ] || exit 44; cat "$0.kept" ;;
              delete-generic-password) rm "$0.kept" ;;
            esac
            """
        );
        var (keyring, server) = (new Keyring(new KeyringProgram.MacOs(program)), new Uri("https://keys.example.com/"));

        Assert.True(await keyring.AnswersAsync(server, CancellationToken.None));
        Assert.Null(await keyring.FindAsync(server, CancellationToken.None));
        Assert.True(await keyring.SetAsync(server, "aso_first", CancellationToken.None));
        Assert.Equal("aso_first", await keyring.FindAsync(server, CancellationToken.None));
        Assert.False(await keyring.SetAsync(server, "quote\"", CancellationToken.None));
        await keyring.RemoveAsync(server, CancellationToken.None);
        Assert.Null(await keyring.FindAsync(server, CancellationToken.None));
        Assert.DoesNotContain("aso_", await File.ReadAllTextAsync(Path.Combine(_directory.Path, "arguments")), StringComparison.Ordinal);
    }

    private string Write(string name, string script)
    {
        var path = Path.Combine(_directory.Path, name);
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, Executable);
        return path;
    }

    private string Revoked() => _server.Forms.Last(form => form.Path == "/oauth/revoke").Fields["token"];

    private Task<(int ExitCode, string Output, string Error)> LogInAsync(string token, params string[] words)
    {
        _server.Polls.Clear();
        _server.Polls.Enqueue((200, $$"""{"access_token":"aso_{{token}}","expires_in":1209600,"token_id":"id"}"""));
        return RunAsync(["login", "--server", _server.Address, .. words]);
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] words)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var environment = new CommandEnvironment
        {
            Output = output,
            Error = error,
            Time = _time,
            Variable = name =>
                name switch
                {
                    "XDG_CONFIG_HOME" or "PATH" => _directory.Path,
                    "DBUS_SESSION_BUS_ADDRESS" when _hasBus => "unix:path=/dev/null",
                    _ => null,
                },
            TerminalWidth = () => 0,
        };
        var exitCode = await CommandLine.RunAsync(words, environment, CancellationToken.None);
        return (exitCode, output.ToString(), error.ToString());
    }

    private static (int ExitCode, string Code) Failure((int ExitCode, string Output, string Error) run)
    {
        Assert.Equal("", run.Output);
        var last = run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        return (run.ExitCode, JsonDocument.Parse(last).RootElement.GetProperty("error").GetString()!);
    }
}
