using System.Text.Json;
using AuthSidecar.Administration.Client;
using AuthSidecar.Administration.Commands;
using AuthSidecar.Tests.Documents;
using AuthSidecar.Tests.Platform.Storage;

namespace AuthSidecar.Tests.Administration.Client;

/// <summary><c>login</c>, <c>logout</c> and <c>token</c> against answers of any server.</summary>
public sealed class LoginCommandTests : IAsyncLifetime, IDisposable
{
    private const string Token = """{"access_token":"aso_id_secret","token_type":"Bearer","expires_in":1209600,"token_id":"id"}""";
    private const string Pending = """{"error":"authorization_pending"}""";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly TemporaryDirectory _directory = new();
    private readonly HurriedTime _time = new();
    private ScriptedServer _server = null!;

    public async Task InitializeAsync() => _server = await ScriptedServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    private string Tokens => Path.Combine(_directory.Path, "authsidecar", "tokens.json");

    [Fact]
    public async Task Login_StoresTheToken_ForItsOwnerOnly()
    {
        _server.Polls.Enqueue((200, Token));
        var (exitCode, output, error) = await RunAsync("login", "--server", _server.Address, "--client", "cli", "--label", "my laptop");

        Assert.Equal(0, exitCode);
        Assert.Contains("BCDF-GHJK", error, StringComparison.Ordinal);
        Assert.Contains("https://keys.example.com/device\n", error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", output + error, StringComparison.Ordinal);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(Tokens));
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(Tokens)!));
        Assert.Equal((0, "aso_id_secret\n", ""), await RunAsync("token", "--server", _server.Address));
        var forms = _server.Forms.ToList();
        Assert.Equal(["/oauth/device/code", "/oauth/token"], forms.Select(form => form.Path));
        Assert.Equal([("client_id", "cli"), ("device_label", "my laptop")], forms[0].Fields.Select(field => (field.Key, field.Value)));
        Assert.Equal(
            [("client_id", "cli"), ("device_code", "dc_secret"), ("grant_type", "urn:ietf:params:oauth:grant-type:device_code")],
            forms[1].Fields.Select(field => (field.Key, field.Value)).OrderBy(field => field.Key, StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Guide_ShowsWhatTheCommandShows()
    {
        _server.Polls.Enqueue((200, Token));
        var (_, _, shown) = await RunAsync("login", "--server", _server.Address, "--label", "alice@laptop");

        Assert.Equal(Manual.Page("docs/guides/login-command.md").Blocks()["login-shown"].Trim(), shown.Trim());
    }

    [Fact]
    public async Task Print_WritesOnlyTheToken_AndStoresNothing()
    {
        _server.Polls.Enqueue((200, Token));
        var (exitCode, output, error) = await RunAsync(
            120,
            "login",
            "--server",
            _server.Address,
            "--print",
            "--scope",
            "a",
            "--scope",
            "b"
        );

        Assert.Equal((0, "aso_id_secret\n"), (exitCode, output));
        Assert.False(File.Exists(Tokens));
        Assert.Equal("a b", _server.Forms.First().Fields["scope"]);
        Assert.DoesNotContain("▀", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_HoldsTheResult()
    {
        _server.Polls.Enqueue((200, Token));
        var stored = JsonDocument.Parse((await RunAsync("login", "--server", _server.Address, "--json")).Output).RootElement;
        var shown = JsonDocument.Parse((await RunAsync("token", "--server", _server.Address, "--json")).Output).RootElement;

        Assert.Equal((_server.Address, "id", Tokens), (Text(stored, "server"), Text(stored, "tokenId"), Text(stored, "file")));
        Assert.Equal("2026-12-14T12:00:05Z", Text(stored, "expiresAt"));
        Assert.False(stored.TryGetProperty("token", out _));
        Assert.Equal("aso_id_secret", Text(shown, "token"));
    }

    [Fact]
    public async Task Poll_WaitsAsLongAsTheServerAsks()
    {
        foreach (
            var answer in new[]
            {
                (400, Pending),
                (400, """{"error":"slow_down"}"""),
                (400, Pending),
                (429, """{"error":"slow"}"""),
                (503, "busy"),
                (0, ""),
                (400, Pending),
                (200, Token),
            }
        )
        {
            _server.Polls.Enqueue(answer);
        }

        Assert.Equal(0, (await RunAsync("login", "--server", _server.Address)).ExitCode);

        Assert.Equal([5, 5, 10, 10, 17, 10, 20, 20], _time.Waits);
    }

    [Theory]
    [InlineData(400, """{"error":"access_denied"}""", 1, "access_denied")]
    [InlineData(400, """{"error":"expired_token"}""", 1, "expired_token")]
    [InlineData(400, """{"error":"authorization_pending"}""", 1, "expired_token")]
    [InlineData(401, """{"error":"invalid_client"}""", 1, "invalid_client")]
    [InlineData(400, """{"error":"invalid_request","error_description":"no"}""", 1, "invalid_request")]
    [InlineData(200, "<html>", 1, "no_device_flow")]
    [InlineData(200, """{"access_token":"two words"}""", 1, "no_device_flow")]
    [InlineData(302, "", 1, "no_device_flow")]
    [InlineData(200, """{"access_token":""}""", 1, "no_device_flow")]
    public async Task Poll_ThatEndsWithoutAToken_IsAnError(int status, string body, int expected, string code)
    {
        _server.Polls.Enqueue((status, body));

        Assert.Equal((expected, code), await FailAsync("login", "--server", _server.Address));

        Assert.False(File.Exists(Tokens));
        Assert.InRange(_time.Waits.Sum(), 5, 970);
    }

    [Theory]
    [InlineData(400, """{"error":"unsupported_client"}""", 1, "unsupported_client")]
    [InlineData(503, """{"error":"device_flow_off","error_description":"The device flow is off."}""", 1, "device_flow_off")]
    [InlineData(502, "<html>", 69, "server_unreachable")]
    [InlineData(0, "", 69, "server_unreachable")]
    [InlineData(404, "", 1, "no_device_flow")]
    [InlineData(200, "{}", 1, "no_device_flow")]
    [InlineData(
        200,
        """{"device_code":"d","user_code":"A\u001b[2J","verification_uri":"https://a/","expires_in":9}""",
        1,
        "no_device_flow"
    )]
    [InlineData(200, """{"device_code":"d","user_code":"A","verification_uri":"javascript:1","expires_in":9}""", 1, "no_device_flow")]
    public async Task Start_ThatFails_IsAnError(int status, string body, int expected, string code)
    {
        _server.Started = (status, body);
        Assert.Equal((expected, code), await FailAsync("login", "--server", _server.Address));
    }

    [Fact]
    public async Task ServerWithoutTls_AskedOverTls_IsUnreachable()
    {
        var (exitCode, _, error) = await RunAsync(
            "login",
            "--server",
            _server.Address.Replace("http:", "https:", StringComparison.Ordinal)
        );

        Assert.Equal(69, exitCode);
        Assert.Contains("cannot be reached: no TLS connection: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metadata_NamesTheEndpoints_OfThisServerOnly()
    {
        _server.Polls.Enqueue((200, Token));
        var own = _server.Address;
        _server.Metadata = $$"""{"issuer":"{{own}}","token_endpoint":"{{own}}/elsewhere/token"}""";
        Assert.Equal(0, (await RunAsync("login", "--server", own)).ExitCode);
        Assert.Equal("/elsewhere/token", _server.Forms.Last().Path);

        _server.Metadata = $$"""{"issuer":"{{own}}","token_endpoint":"https://evil.example/token"}""";
        Assert.Equal((1, "no_device_flow"), await FailAsync("login", "--server", own));
        _server.Metadata = """{"issuer":"https://keys.example.com"}""";
        var (_, _, error) = await RunAsync("login", "--server", own);
        Assert.Contains("https://keys.example.com", error, StringComparison.Ordinal);
        Assert.Equal((1, "other_server"), await FailAsync("login", "--server", own));
        _server.Metadata = "[]";
        Assert.Equal((1, "no_device_flow"), await FailAsync("login", "--server", own));
    }

    [Fact]
    public async Task Logout_Revokes_AndThenRemoves()
    {
        _server.Polls.Enqueue((200, Token));
        await RunAsync("login", "--server", _server.Address, "--client", "cli");

        _server.Revoked = (503, "");
        Assert.Equal((69, "server_unreachable"), await FailAsync("logout", "--server", _server.Address));
        Assert.Equal(0, (await RunAsync("token", "--server", _server.Address)).ExitCode);
        _server.Revoked = (200, "");
        Assert.Equal(0, (await RunAsync("logout", "--server", _server.Address)).ExitCode);

        var sent = _server.Forms.Last();
        Assert.Equal(("/oauth/revoke", "aso_id_secret", "cli"), (sent.Path, sent.Fields["token"], sent.Fields["client_id"]));
        Assert.Equal((1, "no_token"), await FailAsync("token", "--server", _server.Address));
        Assert.Equal((1, "no_token"), await FailAsync("logout", "--server", _server.Address));
    }

    [Fact]
    public async Task SecondLogin_RevokesTheTokenBefore_AndKeepsOtherServers()
    {
        await using var other = await ScriptedServer.StartAsync();
        other.Polls.Enqueue((200, Token));
        await RunAsync("login", "--server", other.Address);
        _server.Polls.Enqueue((200, Token));
        await RunAsync("login", "--server", _server.Address, "--client", "old");
        _server.Polls.Clear();
        _server.Polls.Enqueue((200, Token.Replace("secret", "second", StringComparison.Ordinal)));

        await RunAsync("login", "--server", _server.Address);

        var revoked = _server.Forms.Single(form => form.Path == "/oauth/revoke").Fields;
        Assert.Equal(("aso_id_secret", "old"), (revoked["token"], revoked["client_id"]));
        Assert.Equal("aso_id_second\n", (await RunAsync("token", "--server", _server.Address)).Output);
        Assert.Equal("aso_id_secret\n", (await RunAsync("token", "--server", other.Address)).Output);
    }

    [Fact]
    public async Task LoginsAtOnce_LoseNoToken()
    {
        var servers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ScriptedServer.StartAsync()));
        foreach (var server in servers)
        {
            server.Polls.Enqueue((200, Token));
            server.Started = (200, server.Started.Body.Replace("\"interval\":5", "\"interval\":1", StringComparison.Ordinal));
        }

        await Task.WhenAll(servers.Select(server => RunAsync(0, TimeProvider.System, "login", "--server", server.Address)));

        foreach (var server in servers)
        {
            Assert.Equal(0, (await RunAsync("token", "--server", server.Address)).ExitCode);
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Token_IsNotPrinted_AfterItsExpiry_AndWarnsOfAnOpenFile()
    {
        _server.Polls.Enqueue((200, Token));
        await RunAsync("login", "--server", _server.Address);
        File.SetUnixFileMode(Tokens, OwnerOnly | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", (await RunAsync("token", "--server", _server.Address)).Error, StringComparison.Ordinal);

        _time.CreateTimer(_ => { }, null, TimeSpan.FromDays(14), TimeSpan.Zero).Dispose();

        Assert.Equal((1, "token_expired"), await FailAsync("token", "--server", _server.Address));
    }

    [Fact]
    public async Task TokenFile_ThatCannotBeRead_IsAnError_BeforeTheLogin()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Tokens)!);
        await File.WriteAllTextAsync(Tokens, "{");

        Assert.Equal((1, "cannot_read"), await FailAsync("login", "--server", _server.Address));
        Assert.Empty(_server.Forms);
    }

    [Theory]
    [InlineData("http://keys.example.com")]
    [InlineData("ftp://127.0.0.1")]
    [InlineData("keys.example.com")]
    [InlineData("https://user@keys.example.com")]
    [InlineData("https://keys.example.com/path")]
    [InlineData("https://keys.example.com/?a=b")]
    [InlineData("https://keys.example.com/#a")]
    public async Task Server_IsHttps_OrThisMachine(string server)
    {
        foreach (var command in new[] { "login", "logout", "token" })
        {
            Assert.Equal((64, "usage"), await FailAsync(command, "--server", server));
        }
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080", "http://127.0.0.1:8080")]
    [InlineData("http://[::1]:8080/", "http://[::1]:8080")]
    [InlineData("http://LOCALHOST", "http://localhost")]
    [InlineData("https://Keys.Example.com:443/", "https://keys.example.com")]
    public void Server_HasOneName(string text, string name)
    {
        Assert.True(ServerAddress.TryParse(text, out var server));
        Assert.Equal(name, ServerAddress.NameOf(server));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" padded")]
    [InlineData("a\u001b[2J")]
    public async Task Label_IsPrintable(string label) =>
        Assert.Equal((64, "usage"), await FailAsync("login", "--server", _server.Address, "--label", label));

    /// <summary>A login that ends by an unhandled exception loses a token that stays in force.</summary>
    [Theory]
    [InlineData("application/json; charset=nonsense")]
    [InlineData("application/json; charset=utf-7")]
    public async Task Charset_ThatNoProgramReads_IsARefusal(string type)
    {
        _server.ContentType = type;
        _server.Polls.Enqueue((200, Token));

        var (exitCode, _, _) = await RunAsync("login", "--server", _server.Address);

        Assert.True(exitCode is 0 or 1 or 69, $"{exitCode}");
    }

    [Fact]
    public async Task QrCode_IsShown_WhereItFits()
    {
        _server.Polls.Enqueue((200, Token));
        var wide = (await RunAsync(80, "login", "--server", _server.Address)).Error;
        var narrow = (await RunAsync(20, "login", "--server", _server.Address)).Error;
        var none = (await RunAsync("login", "--server", _server.Address)).Error;

        Assert.Contains("Or scan this", wide, StringComparison.Ordinal);
        Assert.All([narrow, none], text => Assert.DoesNotContain("scan", text, StringComparison.Ordinal));
        var lines = QrCode.Lines("https://keys.example.com/device?user_code=BCDF-GHJK", 80);
        Assert.All(lines, line => Assert.Contains(line, wide, StringComparison.Ordinal));

        // Quiet zone of four modules, then the upper left finder pattern: seven dark modules.
        Assert.Equal("\e[30;107m    █▀▀▀▀▀█", lines[2][..20]);
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] words) => RunAsync(0, words);

    private Task<(int ExitCode, string Output, string Error)> RunAsync(int width, params string[] words) => RunAsync(width, _time, words);

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(int width, TimeProvider time, params string[] words)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var environment = new CommandEnvironment
        {
            LoadSettings = _ => throw new InvalidOperationException("These commands need no settings."),
            Output = output,
            Error = error,
            Time = time,
            Variable = name => name == "XDG_CONFIG_HOME" ? _directory.Path : null,
            TerminalWidth = () => width,
        };
        var exitCode = await CommandLine.RunAsync(words, environment, CancellationToken.None);
        return (exitCode, output.ToString(), error.ToString());
    }

    private async Task<(int ExitCode, string Code)> FailAsync(params string[] words)
    {
        var (exitCode, output, error) = await RunAsync([.. words, "--json"]);
        Assert.Equal("", output);
        return (
            exitCode,
            JsonDocument.Parse(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement.GetProperty("error").GetString()!
        );
    }
}
