using System.Text.Json;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.Tests.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Administration.Commands;

public sealed class AccountCommandsTests : IDisposable
{
    private const string Password = "correct horse battery staple";
    private readonly TemporaryDirectory _directory = new();
    private readonly CommandRunner _run;

    public AccountCommandsTests() => _run = new(_directory.Path);

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(Password)]
    [InlineData(Password + "\n")]
    [InlineData(Password + "\r\n")]
    public async Task Password_IsReadFromInput(string input)
    {
        await _run.JsonAsync("users", "create", "alice");
        var run = new CommandRunner(_directory.Path) { Input = input };

        Assert.Equal("alice", (await run.JsonAsync("users", "password", "alice", "--stdin")).GetProperty("name").GetString());

        Assert.Equal(PasswordVerdict.Right, await VerifyAsync(Password));
        Assert.DoesNotContain(Password, run.Printed.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Password_IsAskedTwiceOnATerminal()
    {
        await _run.JsonAsync("users", "create", "alice");
        var answers = new Queue<string>([Password, Password, Password, "another"]);
        var run = new CommandRunner(_directory.Path) { Ask = _ => answers.Dequeue() };

        await run.JsonAsync("users", "password", "alice");
        var (exitCode, _, message) = await run.FailAsync("users", "password", "alice");

        Assert.Equal((64, "The two passwords differ."), (exitCode, message));
        Assert.Equal(PasswordVerdict.Right, await VerifyAsync(Password));
    }

    [Theory]
    [InlineData("too short", 64, "weak_password")]
    [InlineData("", 64, "weak_password")]
    public async Task WeakPassword_IsRefused(string input, int exitCode, string code)
    {
        await _run.JsonAsync("users", "create", "alice");
        var run = new CommandRunner(_directory.Path) { Input = input };

        var failure = await run.FailAsync("users", "password", "alice", "--stdin");

        Assert.Equal((exitCode, code), (failure.ExitCode, failure.Code));
    }

    [Fact]
    public async Task OneTimePassword_IsPrintedOnce()
    {
        await _run.JsonAsync("users", "create", "alice");

        var reset = await _run.JsonAsync("users", "password", "alice", "--one-time");

        Assert.Equal(PasswordVerdict.Right, await VerifyAsync(reset.GetProperty("password").GetString()!));
        await using var store = await OpenAsync();
        await using var context = store.Open();
        Assert.True((await context.UserCredentials.SingleAsync()).MustChange);
    }

    [Fact]
    public async Task Set_ChangesEveryMember_AndProtectsTheLastAdmin()
    {
        await _run.JsonAsync("users", "create", "alice", "--role", "admin", "--display-name", "Alice Ñ.", "--email", "a@example.com");

        var failure = await _run.FailAsync("users", "set", "alice", "--role", "user");
        var changed = await _run.JsonAsync("users", "set", "alice", "--role", "user", "--email", "", "--force");
        await _run.JsonAsync("users", "set", "alice", "--display-name", "A.");
        var shown = await _run.JsonAsync("users", "show", "ALICE");

        Assert.Equal((1, "last_admin"), (failure.ExitCode, failure.Code));
        Assert.Equal(("user", JsonValueKind.Null), (changed.GetProperty("role").GetString(), changed.GetProperty("email").ValueKind));
        Assert.Equal(
            ("alice", "A.", JsonValueKind.Null),
            (
                shown.GetProperty("name").GetString(),
                shown.GetProperty("displayName").GetString(),
                shown.GetProperty("lastLoginAt").ValueKind
            )
        );
        Assert.Equal((1, "unknown_user", "There is no user bob."), await _run.FailAsync("users", "show", "bob"));
    }

    [Fact]
    public async Task Sessions_AreListedAndEnded()
    {
        await _run.JsonAsync("users", "create", "alice");
        var (first, second) = (await SessionAsync(), await SessionAsync());

        var listed = (await _run.JsonAsync("sessions", "list", "--user", "alice")).GetProperty("items");
        Assert.Equal(2, listed.GetArrayLength());
        Assert.Equal(
            ["id", "userId", "user", "createdAt", "lastSeenAt", "address", "agent"],
            listed[0].EnumerateObject().Select(member => member.Name)
        );
        Assert.Equal(1, (await _run.JsonAsync("sessions", "end", first)).GetProperty("ended").GetInt32());
        Assert.Equal(second, (await _run.JsonAsync("sessions", "list")).GetProperty("items")[0].GetProperty("id").GetString());
        Assert.Equal(1, (await _run.JsonAsync("sessions", "end", "--user", "alice")).GetProperty("ended").GetInt32());
        Assert.Equal("[]", (await _run.JsonAsync("sessions", "list")).GetProperty("items").GetRawText());
        Assert.Equal((1, "unknown_session", "There is no session x."), await _run.FailAsync("sessions", "end", "x"));
    }

    [Fact]
    public async Task Devices_AreListedAndRevoked()
    {
        await _run.JsonAsync("users", "create", "alice");
        await _run.JsonAsync("users", "create", "bob");
        var key = (await _run.JsonAsync("keys", "create", "--user", "alice")).GetProperty("id").GetString()!;
        await DeviceAsync("AliceDevice1", "alice", "laptop");
        await DeviceAsync("BobDevice001", "bob", "phone");
        await DeviceAsync("BobDevice002", "bob", "old", TimeSpan.FromDays(-1));

        Assert.Equal(["BobDevice001"], await IdsAsync("--user", "bob"));
        Assert.Equal(["AliceDevice1", "BobDevice001"], (await IdsAsync()).Order());
        var (_, table, _) = await _run.RunAsync("devices", "list", "--user", "alice");
        Assert.Matches("AliceDevice1 +alice +cli +laptop +llm:invoke ", table);

        Assert.NotEqual(JsonValueKind.Null, (await _run.JsonAsync("devices", "revoke", "AliceDevice1")).GetProperty("revokedAt").ValueKind);
        Assert.Equal(["BobDevice001"], await IdsAsync());
        await _run.JsonAsync("devices", "revoke", "AliceDevice1");
        var row = Assert.Single((await _run.JsonAsync("audit", "--action", "key.revoked")).GetProperty("items").EnumerateArray());
        Assert.Equal(
            ("command", Environment.UserName, "AliceDevice1"),
            (row.GetProperty("actorKind").GetString(), row.GetProperty("actor").GetString(), row.GetProperty("targetId").GetString())
        );
        Assert.Equal((1, "unknown_device", "There is no device x."), await _run.FailAsync("devices", "revoke", "x"));
        Assert.Equal((1, "unknown_device", $"There is no device {key}."), await _run.FailAsync("devices", "revoke", key));
        Assert.Equal((1, "unknown_user", "There is no user eve."), await _run.FailAsync("devices", "list", "--user", "eve"));
    }

    [Fact]
    public async Task Devices_OfAPersonWithoutAnAccount_AreNamedByIssuerAndSubject()
    {
        const string Eve = "https://id.example.com|eve";
        await _run.JsonAsync("users", "create", "alice");
        await DeviceAsync("AliceDevice1", "alice", "laptop");
        await DeviceAsync("EvesDevice01", null, "phone", issuer: "https://id.example.com");
        await DeviceAsync("EvesDevice02", null, "phone", issuer: "https://other.example.com");

        Assert.Equal(["EvesDevice01"], await IdsAsync("--user", Eve));
        Assert.Equal([], await IdsAsync("--user", "https://id.example.com|adam"));
        Assert.Matches(@"EvesDevice01 +https://id\.example\.com\|eve +cli ", (await _run.RunAsync("devices", "list")).Output);
        Assert.Matches(@"EvesDevice02 +https://other\.example\.com\|eve ", (await _run.RunAsync("keys", "list")).Output);
        Assert.Matches(@"user +https://id\.example\.com\|eve\n", (await _run.RunAsync("keys", "show", "EvesDevice01")).Output);
    }

    [Fact]
    public async Task Audit_ShowsCommandsByTheirSystemUser_LatestFirst()
    {
        await _run.JsonAsync("users", "create", "alice");
        await _run.JsonAsync("users", "create", "bob");
        await _run.JsonAsync("users", "set", "alice", "--status", "suspended");

        var events = (await _run.JsonAsync("audit", "--target", "alice")).GetProperty("items");

        Assert.Equal(["user.updated", "user.created"], events.EnumerateArray().Select(row => row.GetProperty("action").GetString()));
        Assert.Equal(
            ("command", Environment.UserName, """{"status":"active"}""", """{"status":"suspended"}"""),
            (
                events[0].GetProperty("actorKind").GetString(),
                events[0].GetProperty("actor").GetString(),
                events[0].GetProperty("before").GetRawText(),
                events[0].GetProperty("after").GetRawText()
            )
        );
        Assert.Equal(1, await CountAsync("--last", "1"));
        Assert.Equal(2, await CountAsync("--action", "user.created"));
        Assert.Equal(3, await CountAsync("--action", "user", "--actor", Environment.UserName));
        Assert.Equal(0, await CountAsync("--actor", "nobody-else"));
        Assert.Equal(0, await CountAsync("--to", "2020-01-01"));
        Assert.Equal(3, await CountAsync("--from", "2020-01-01"));
    }

    private async Task<IEnumerable<string?>> IdsAsync(params string[] words) =>
        (await _run.JsonAsync(["devices", "list", .. words]))
            .GetProperty("items")
            .EnumerateArray()
            .Select(device => device.GetProperty("id").GetString())
            .ToList();

    private async Task DeviceAsync(string id, string? user, string label, TimeSpan? life = null, string? issuer = null)
    {
        await using var store = await OpenAsync();
        await using var context = store.Open();
        var now = Instant.Now(TimeProvider.System);
        context.ApiKeys.Add(
            new()
            {
                Id = id,
                Format = user is null ? KeyFormat.Ase : KeyFormat.Aso,
                Hash = Guid.NewGuid().ToByteArray(),
                UserId = user is null ? null : (await context.Users.SingleAsync(found => found.Name == user)).Id,
                ExternalIssuer = issuer,
                ExternalSubject = issuer is null ? null : "eve",
                ClientId = "cli",
                DeviceLabel = label,
                Scopes = "llm:invoke",
                CreatedAt = now,
                ExpiresAt = now + (life ?? TimeSpan.FromDays(14)),
            }
        );
        await context.SaveChangesAsync();
    }

    private async Task<int> CountAsync(params string[] words) =>
        (await _run.JsonAsync(["audit", .. words])).GetProperty("items").GetArrayLength();

    private async Task<SqliteStore> OpenAsync()
    {
        var store = SqliteStore.For(new(), _directory.Path, TimeProvider.System);
        await store.PrepareAsync(CancellationToken.None);
        return store;
    }

    private async Task<PasswordVerdict> VerifyAsync(string password)
    {
        await using var store = await OpenAsync();
        await using var context = store.Open();
        using var hashing = new PasswordHashing();
        return await hashing.VerifyAsync((await context.UserCredentials.SingleAsync()).Hash, password, CancellationToken.None);
    }

    private async Task<string> SessionAsync()
    {
        await using var store = await OpenAsync();
        await using var context = store.Open();
        var now = Instant.Now(TimeProvider.System);
        var session = new Session
        {
            Id = Guid.CreateVersion7().ToString(),
            Hash = Guid.NewGuid().ToByteArray(),
            UserId = (await context.Users.SingleAsync()).Id,
            CreatedAt = now,
            LastSeenAt = now,
            AuthenticatedAt = now,
        };
        context.Sessions.Add(session);
        await context.SaveChangesAsync();
        return session.Id;
    }
}
