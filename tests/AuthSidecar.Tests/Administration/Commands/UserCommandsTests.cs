using AuthSidecar.Tests.Platform.Storage;

namespace AuthSidecar.Tests.Administration.Commands;

public sealed class UserCommandsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CommandRunner _run;

    public UserCommandsTests() => _run = new(_directory.Path);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Create_PrintsTheUser()
    {
        var user = await _run.JsonAsync(
            "users",
            "create",
            "alice",
            "--id",
            "0F0E0D0C-0B0A-0908-0706-050403020100",
            "--email",
            "alice@example.com",
            "--role",
            "admin",
            "--system"
        );

        Assert.Equal(
            """{"id":"0f0e0d0c-0b0a-0908-0706-050403020100","name":"alice","email":"alice@example.com","role":"admin","status":"active","system":true}""",
            user.GetRawText()
        );
    }

    [Fact]
    public async Task Create_WithoutOptions_IsAnActiveUserWithAnIdOfItsOwn()
    {
        var user = await _run.JsonAsync("users", "create", "jose.n+1@example.com");

        Assert.True(Guid.TryParseExact(user.GetProperty("id").GetString(), "D", out _));
        Assert.EndsWith(
            """
            "name":"jose.n+1@example.com","email":null,"role":"user","status":"active","system":false}
            """,
            user.GetRawText(),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("users", "create", "alice")]
    [InlineData("users", "create", "bob", "--id", "0f0e0d0c-0b0a-0908-0706-050403020100")]
    public async Task Create_NameOrIdIsTaken_IsRefused(params string[] words)
    {
        await _run.JsonAsync("users", "create", "alice", "--id", "0f0e0d0c-0b0a-0908-0706-050403020100");

        var (exitCode, code, _) = await _run.FailAsync(words);

        Assert.Equal((1, "user_exists"), (exitCode, code));
        Assert.Equal(1, (await _run.JsonAsync("users", "list")).GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" alice")]
    [InlineData("a b")]
    [InlineData("аlice")]
    [InlineData("José")]
    [InlineData("a\nb")]
    [InlineData("a\u200bb")]
    [InlineData("0f0e0d0c-0b0a-0908-0706-050403020100")]
    [InlineData("0f0e0d0c0b0a09080706050403020100")]
    public async Task Create_InvalidName_IsAUsageError(string name)
    {
        Assert.Equal((64, "invalid_argument"), await CodeAsync("users", "create", name));
    }

    [Fact]
    public async Task Create_NameHasAtMost128Characters()
    {
        Assert.Equal((64, "invalid_argument"), await CodeAsync("users", "create", new string('a', 129)));
        Assert.Equal(new string('a', 128), (await _run.JsonAsync("users", "create", new string('a', 128))).GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("users", "create")]
    [InlineData("users", "create", "alice", "bob")]
    [InlineData("users", "create", "alice", "--id", "12")]
    [InlineData("users", "create", "alice", "--id", "{0f0e0d0c-0b0a-0908-0706-050403020100}")]
    [InlineData("users", "create", "alice", "--email", "alice")]
    [InlineData("users", "create", "alice", "--email", "Alice <alice@example.com>")]
    [InlineData("users", "create", "alice", "--role", "root")]
    [InlineData("users", "create", "alice", "--role", "Admin")]
    [InlineData("users", "set", "alice")]
    [InlineData("users", "set", "alice", "--status", "gone")]
    [InlineData("users", "set", "alice", "--force")]
    [InlineData("users", "set", "alice", "--role", "root")]
    [InlineData("users", "password", "alice")]
    [InlineData("users", "password", "alice", "--stdin", "--one-time")]
    [InlineData("sessions", "end")]
    [InlineData("sessions", "end", "id", "--user", "alice")]
    [InlineData("audit", "--last", "201")]
    [InlineData("audit", "--from", "yesterday")]
    [InlineData("users", "set", "--status", "active")]
    [InlineData("users", "list", "alice")]
    [InlineData("users", "list", "--role", "root")]
    [InlineData("users", "list", "--status", "gone")]
    [InlineData("users", "list", "--query", "a\u0007b")]
    [InlineData("users")]
    [InlineData("users", "remove", "alice")]
    public async Task UnknownArguments_AreUsageErrors(params string[] words)
    {
        var (exitCode, code, message) = await _run.FailAsync(words);

        Assert.Equal(64, exitCode);
        Assert.Contains(code, new[] { "usage", "invalid_argument" });
        Assert.NotEmpty(message);
        Assert.Equal("[]", (await _run.JsonAsync("users", "list")).GetProperty("items").GetRawText());
    }

    [Theory]
    [InlineData("suspended")]
    [InlineData("dormant")]
    [InlineData("deleted")]
    [InlineData("active")]
    public async Task Set_PrintsTheUserAsChanged(string status)
    {
        var created = await _run.JsonAsync("users", "create", "alice");

        var changed = await _run.JsonAsync("users", "set", "alice", "--status", status);
        var again = await _run.JsonAsync("users", "set", created.GetProperty("id").GetString()!, "--status", status);

        Assert.Equal(
            created.GetRawText().Replace("\"status\":\"active\"", $"\"status\":\"{status}\"", StringComparison.Ordinal),
            changed.GetRawText()
        );
        Assert.Equal(changed.GetRawText(), again.GetRawText());
        Assert.Equal(changed.GetRawText(), (await _run.JsonAsync("users", "list")).GetProperty("items")[0].GetRawText());
    }

    [Fact]
    public async Task Set_UnknownUser_IsNotFound()
    {
        Assert.Equal((1, "unknown_user", "There is no user bob."), await _run.FailAsync("users", "set", "bob", "--status", "active"));
    }

    [Fact]
    public async Task List_ForPeople_IsAligned()
    {
        await _run.JsonAsync("users", "create", "alexandria", "--id", "00000000-0000-0000-0000-000000000001");
        await _run.JsonAsync("users", "create", "bob", "--id", "00000000-0000-0000-0000-000000000002", "--email", "bob@example.com");

        var (_, output, _) = await _run.RunAsync("users", "list");

        Assert.Equal(
            """
            NAME        ID                                    EMAIL            ROLE  STATUS  SYSTEM
            alexandria  00000000-0000-0000-0000-000000000001  -                user  active  no
            bob         00000000-0000-0000-0000-000000000002  bob@example.com  user  active  no

            """,
            output
        );
    }

    [Theory]
    [InlineData("", "zoe", "Olga", "bob")]
    [InlineData("--role admin", "Olga")]
    [InlineData("--status suspended", "bob")]
    [InlineData("--status active --role user", "zoe")]
    [InlineData("--query @EXAMPLE", "bob")]
    [InlineData("--query oLG", "Olga")]
    [InlineData("--query nothing")]
    public async Task List_IsFiltered_TheOldestFirst(string words, params string[] names)
    {
        await _run.JsonAsync("users", "create", "zoe");
        await _run.JsonAsync("users", "create", "Olga", "--role", "admin");
        await _run.JsonAsync("users", "create", "bob", "--email", "bob@example.com");
        await _run.JsonAsync("users", "set", "bob", "--status", "suspended");

        var list = await _run.JsonAsync(["users", "list", .. words.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Equal(names, list.GetProperty("items").EnumerateArray().Select(user => user.GetProperty("name").GetString()));
    }

    private async Task<(int, string)> CodeAsync(params string[] words)
    {
        var (exitCode, code, _) = await _run.FailAsync(words);
        return (exitCode, code);
    }
}
