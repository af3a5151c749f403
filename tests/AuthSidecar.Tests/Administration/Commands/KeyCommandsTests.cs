using System.Text.Json;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Tests.Platform.Storage;
using Microsoft.Data.Sqlite;

namespace AuthSidecar.Tests.Administration.Commands;

public sealed class KeyCommandsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CommandRunner _run;

    public KeyCommandsTests() => _run = new(_directory.Path);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Update_ChangesWhatIsGiven_AndNothingElse()
    {
        await _run.JsonAsync("users", "create", "alice");
        var id = Text(await _run.JsonAsync("keys", "create", "--user", "alice", "--name", "laptop", "--model", "gpt-*"), "id")!;

        var named = await _run.JsonAsync(
            "keys",
            "update",
            id,
            "--name",
            "desk",
            "--scope",
            "llm:invoke",
            "--permits",
            "5",
            "--window",
            "2m"
        );
        var ending = await _run.JsonAsync("keys", "update", id, "--expires", "2090-01-02T03:04:05Z", "--model", "claude-*:permits=5/1m");

        Assert.Equal(("desk", "llm:invoke", "gpt-*"), (Text(named, "name"), One(named, "scopes"), One(named, "models")));
        Assert.Equal(("desk", "llm:invoke", "claude-*:permits=5/1m"), (Text(ending, "name"), One(ending, "scopes"), One(ending, "models")));
        Assert.Equal(("120s", "2090-01-02T03:04:05Z"), (Text(ending, "window"), Text(ending, "expiresAt")));
        Assert.Equal(64, (await _run.RunAsync("keys", "update", id)).ExitCode);
        Assert.Equal(64, (await _run.RunAsync("keys", "update", id, "--permits", "1")).ExitCode);
        await _run.JsonAsync("keys", "revoke", id);
        Assert.Equal("revoked_key", (await _run.FailAsync("keys", "update", id, "--name", "x")).Code);

        static string One(JsonElement key, string list) => key.GetProperty(list)[0].GetString()!;
    }

    [Theory]
    [InlineData("revoke")]
    [InlineData("show")]
    public async Task TokenWithBlanksAround_IsNotRepeated(string command)
    {
        var (_, code, message) = await _run.FailAsync("keys", command, " sk-aWrongKeyOfLiteLlm1234567890 ");

        Assert.Equal("unknown_key", code);
        Assert.DoesNotContain("aWrongKey", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_PrintsTheTokenAndWhatItMayDo()
    {
        var user = await _run.JsonAsync("users", "create", "alice");
        await _run.JsonAsync("tenants", "create", "acme");

        var key = await _run.JsonAsync(
            "keys",
            "create",
            "--user",
            "alice",
            "--name",
            "laptop",
            "--scope",
            "llm:invoke",
            "--scope",
            "apps:read",
            "--model",
            "gpt-*",
            "--tenant",
            "acme",
            "--subject",
            "service",
            "--expires",
            "2030-01-02T03:04:05+01:00",
            "--permits",
            "5",
            "--window",
            "2m",
            "--tokens",
            "3000000000",
            "--token-window",
            "1h",
            "--parallel",
            "3"
        );

        Assert.Equal(
            [
                "id",
                "token",
                "userId",
                "user",
                "name",
                "scopes",
                "models",
                "tenant",
                "subject",
                "status",
                "permits",
                "window",
                "tokens",
                "tokenWindow",
                "parallel",
                "createdAt",
                "expiresAt",
                "revokedAt",
                "lastUsedAt",
            ],
            key.EnumerateObject().Select(property => property.Name)
        );
        Assert.True(KeyToken.TryParse(Text(key, "token"), out var token));
        Assert.Equal(token.Id.ToString(), Text(key, "id"));
        Assert.Equal(Text(user, "id"), Text(key, "userId"));
        Assert.Equal(
            ("laptop", "acme", "service", "2030-01-02T02:04:05Z"),
            (Text(key, "name"), Text(key, "tenant"), Text(key, "subject"), Text(key, "expiresAt"))
        );
        Assert.Equal("""["llm:invoke","apps:read"]""", key.GetProperty("scopes").GetRawText());
        Assert.Equal("""["gpt-*"]""", key.GetProperty("models").GetRawText());
        Assert.Equal((5, "120s"), (key.GetProperty("permits").GetInt32(), Text(key, "window")));
        Assert.Equal(
            (3_000_000_000, "3600s", 3),
            (key.GetProperty("tokens").GetInt64(), Text(key, "tokenWindow"), key.GetProperty("parallel").GetInt32())
        );
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$", Text(key, "createdAt"));
    }

    [Fact]
    public async Task Create_WithoutOptions_IsAFullKeyOfTheAccountThatNeverEnds()
    {
        var user = await _run.JsonAsync("users", "create", "alice");

        var key = await _run.JsonAsync("keys", "create", "--user", Text(user, "id")!);

        Assert.Equal("""["full"]""", key.GetProperty("scopes").GetRawText());
        Assert.Equal("account", Text(key, "subject"));
        Assert.All(
            ["name", "tenant", "expiresAt", "revokedAt", "lastUsedAt", "permits", "window", "tokens", "tokenWindow", "parallel"],
            name => Assert.Equal(JsonValueKind.Null, key.GetProperty(name).ValueKind)
        );
    }

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("15m", 900)]
    [InlineData("12h", 43_200)]
    [InlineData("30d", 2_592_000)]
    [InlineData("0s", 0)]
    [InlineData("-1h", -3600)]
    public async Task Create_ExpiresAfterASpan(string span, int seconds)
    {
        await _run.JsonAsync("users", "create", "alice");

        var key = await _run.JsonAsync("keys", "create", "--user", "alice", "--force", "--expires", span);

        var life = key.GetProperty("expiresAt").GetDateTimeOffset() - key.GetProperty("createdAt").GetDateTimeOffset();
        Assert.InRange(life.TotalSeconds, seconds - 5, seconds);
    }

    [Theory]
    [InlineData("2020-01-01", "2020-01-01T00:00:00Z")]
    [InlineData("2020-01-01T12:30Z", "2020-01-01T12:30:00Z")]
    [InlineData("2020-01-01T12:30:00.1234567Z", "2020-01-01T12:30:00.123456Z")]
    public async Task Create_ExpiredBeforeNow_MakesAnExpiredKey(string time, string expected)
    {
        await _run.JsonAsync("users", "create", "alice");

        Assert.Equal(expected, Text(await _run.JsonAsync("keys", "create", "--user", "alice", "--force", "--expires", time), "expiresAt"));
        Assert.Contains("expired", (await _run.RunAsync("keys", "list")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--user alice --scope a,b", "scope")]
    [InlineData("--user alice --scope=", "scope")]
    [InlineData("--user alice --model gpt\u00e9", "model")]
    [InlineData("--user alice --model o3:tokens=5", "o3:tokens=5")]
    [InlineData("--user alice --model o3:parallel=5 --model o3", "o3 are given twice")]
    [InlineData("--user alice --tenant ac.me", "tenant")]
    [InlineData("--user alice --subject end_user", "end_user")]
    [InlineData("--user alice --expires banana", "--expires")]
    [InlineData("--user alice --expires 5", "--expires")]
    [InlineData("--user alice --expires 1h30m", "--expires")]
    [InlineData("--user alice --expires 2147483647d", "--expires")]
    [InlineData("--user alice --expires 99999999999d", "--expires")]
    [InlineData("--user alice --permits 5", "--window")]
    [InlineData("--user alice --window 60s", "--permits")]
    [InlineData("--user alice --permits -5 --window 60s", "--permits")]
    [InlineData("--user alice --permits many --window 60s", "--permits")]
    [InlineData("--user alice --permits 5 --window 0s", "window")]
    [InlineData("--user alice --permits 5 --window 60", "--window")]
    [InlineData("--user alice --permits 5 --window 31d", "window")]
    [InlineData("--user alice --tokens 5", "--token-window")]
    [InlineData("--user alice --token-window 60s", "--tokens")]
    [InlineData("--user alice --tokens 5 --token-window 31d", "window")]
    [InlineData("--user alice --parallel -1", "--parallel")]
    [InlineData("--user alice --name=", "name")]
    [InlineData("--user alice --name a\u0007b", "name")]
    [InlineData("--user alice --user bob", "--user")]
    [InlineData("--user alice --colour red", "--colour")]
    [InlineData("--user alice leftover", "leftover")]
    [InlineData("", "--user")]
    public async Task Create_WrongArguments_AreNamedAndNothingIsCreated(string words, string named)
    {
        await _run.JsonAsync("users", "create", "alice");

        var (exitCode, code, message) = await _run.FailAsync([
            "keys",
            "create",
            .. words.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ]);

        Assert.Equal(64, exitCode);
        Assert.Contains(code, new[] { "usage", "invalid_argument" });
        Assert.Contains(named, message, StringComparison.Ordinal);
        Assert.Equal("[]", (await _run.JsonAsync("keys", "list")).GetProperty("items").GetRawText());
    }

    [Fact]
    public async Task Create_ForAnUnknownUser_IsRefused()
    {
        Assert.Equal((1, "unknown_user", "There is no user bob."), await _run.FailAsync("keys", "create", "--user", "bob"));
    }

    [Fact]
    public async Task Create_ForADeletedUser_IsRefused()
    {
        await _run.JsonAsync("users", "create", "alice");
        await _run.JsonAsync("users", "set", "alice", "--status", "deleted");

        Assert.Equal((1, "user_deleted", "The user alice is deleted."), await _run.FailAsync("keys", "create", "--user", "alice"));
    }

    [Fact]
    public async Task List_GivesTheOwnersKeys()
    {
        await _run.JsonAsync("users", "create", "alice");
        await _run.JsonAsync("users", "create", "bob");
        var first = Text(await _run.JsonAsync("keys", "create", "--user", "alice"), "id");
        var second = Text(await _run.JsonAsync("keys", "create", "--user", "alice"), "id");
        var third = Text(await _run.JsonAsync("keys", "create", "--user", "bob"), "id");

        Assert.Equal([first, second, third], await IdsAsync("keys", "list"));
        Assert.Equal([first, second], await IdsAsync("keys", "list", "--user", "alice"));
        Assert.Equal((1, "unknown_user"), await CodeAsync("keys", "list", "--user", "carol"));
    }

    [Fact]
    public async Task List_IsFiltered()
    {
        await _run.JsonAsync("users", "create", "alice");
        await _run.JsonAsync("tenants", "create", "acme");
        var old = await AddAsync("--name", "Old laptop", "--force", "--expires", "2020-01-01");
        var soon = await AddAsync("--name", "a runner", "--expires", "13d", "--tenant", "acme");
        var later = await AddAsync("--name", "server", "--expires", "30d");
        var ever = await AddAsync("--name", "Runner");
        var revoked = await AddAsync("--name", "gone");
        await _run.JsonAsync("keys", "revoke", revoked!);

        Assert.Equal([later, ever], await IdsAsync("keys", "list", "--status", "active"));
        Assert.Equal([soon], await IdsAsync("keys", "list", "--status", "expiring"));
        Assert.Equal([old], await IdsAsync("keys", "list", "--status", "expired"));
        Assert.Equal([revoked], await IdsAsync("keys", "list", "--status", "revoked"));
        Assert.Equal([soon], await IdsAsync("keys", "list", "--expiring", "14d"));
        Assert.Equal([soon, later], await IdsAsync("keys", "list", "--expiring", "31d"));
        Assert.Equal([soon], await IdsAsync("keys", "list", "--tenant", "acme"));
        Assert.Equal([soon, ever], await IdsAsync("keys", "list", "--query", "RUNNer"));
        Assert.Equal([ever], await IdsAsync("keys", "list", "--query", ever!.ToUpperInvariant(), "--user", "alice"));
        Assert.Equal([], await IdsAsync("keys", "list", "--query", "runner", "--status", "revoked"));
        var listed = (await _run.JsonAsync("keys", "list", "--tenant", "acme")).GetProperty("items")[0];
        Assert.Equal(("alice", "expiring"), (Text(listed, "user"), Text(listed, "status")));
        Assert.Matches($@"{soon} +alice +a runner +expiring ", (await _run.RunAsync("keys", "list")).Output);

        async Task<string?> AddAsync(params string[] words) =>
            Text(await _run.JsonAsync(["keys", "create", "--user", "alice", .. words]), "id");
    }

    [Theory]
    [InlineData("--status gone", "gone")]
    [InlineData("--status=", "--status")]
    [InlineData("--expiring soon", "--expiring")]
    [InlineData("--expiring 14", "--expiring")]
    [InlineData("--expiring -1d", "--expiring")]
    [InlineData("--expiring 3651d", "3650 days")]
    [InlineData("--tenant a.b", "tenant")]
    [InlineData("--tenant=", "tenant")]
    [InlineData("--query a\u0007b", "printable")]
    [InlineData("--query", "--query")]
    public async Task List_WrongArguments_AreNamed(string words, string named)
    {
        var (exitCode, _, message) = await _run.FailAsync(["keys", "list", .. words.Split(' ')]);

        Assert.Equal(64, exitCode);
        Assert.Contains(named, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revoke_PrintsTheKeyAsChanged_AndTwiceChangesNothing()
    {
        await _run.JsonAsync("users", "create", "alice");
        var id = Text(await _run.JsonAsync("keys", "create", "--user", "alice"), "id")!;

        var revoked = await _run.JsonAsync("keys", "revoke", id);

        Assert.NotNull(Text(revoked, "revokedAt"));
        Assert.Equal(revoked.GetRawText(), (await _run.JsonAsync("keys", "revoke", id)).GetRawText());
        Assert.Equal(revoked.GetRawText(), (await _run.JsonAsync("keys", "show", id)).GetRawText());
    }

    [Fact]
    public async Task Rotate_PrintsTheNewKeyAndEndsTheOld()
    {
        await _run.JsonAsync("users", "create", "alice");
        var old = await _run.JsonAsync("keys", "create", "--user", "alice", "--scope", "a:b");

        var rotated = await _run.JsonAsync("keys", "rotate", Text(old, "id")!);

        Assert.True(KeyToken.TryParse(Text(rotated, "token"), out _));
        Assert.NotEqual(Text(old, "id"), Text(rotated, "id"));
        Assert.Equal("""["a:b"]""", rotated.GetProperty("scopes").GetRawText());
        Assert.Equal(JsonValueKind.Null, rotated.GetProperty("expiresAt").ValueKind);
        var ended = (await _run.JsonAsync("keys", "show", Text(old, "id")!)).GetProperty("expiresAt").GetDateTimeOffset();
        Assert.True(ended < rotated.GetProperty("createdAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task Rotate_WithGrace_LetsTheOldKeyGoOnSoLong()
    {
        await _run.JsonAsync("users", "create", "alice");
        var old = Text(await _run.JsonAsync("keys", "create", "--user", "alice"), "id")!;

        var rotated = await _run.JsonAsync("keys", "rotate", old, "--grace", "1h");

        var end = (await _run.JsonAsync("keys", "show", old)).GetProperty("expiresAt").GetDateTimeOffset();
        Assert.Equal(TimeSpan.FromHours(1), end - rotated.GetProperty("createdAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task Rotate_OfAKeyThatHasEnded_IsRefused()
    {
        await _run.JsonAsync("users", "create", "alice");
        var revoked = Text(await _run.JsonAsync("keys", "create", "--user", "alice"), "id")!;
        var expired = Text(await _run.JsonAsync("keys", "create", "--user", "alice", "--force", "--expires", "2020-01-01"), "id")!;
        await _run.JsonAsync("keys", "revoke", revoked);

        Assert.Equal((1, "revoked_key"), await CodeAsync("keys", "rotate", revoked));
        Assert.Equal((1, "expired_key"), await CodeAsync("keys", "rotate", expired));
        Assert.Equal((64, "usage"), await CodeAsync("keys", "rotate", expired, "--grace", "-1h"));
        Assert.Equal((64, "invalid_argument"), await CodeAsync("keys", "rotate", expired, "--grace", "366d"));
    }

    [Theory]
    [InlineData("", "full", "never expires")]
    [InlineData("--scope full --expires 1d", "full")]
    [InlineData("--scope llm:invoke", "never expires")]
    [InlineData("--scope llm:invoke --expires 1d")]
    public async Task Create_WarnsOfAllRightsAndOfNoEnd(string options, params string[] expected)
    {
        await _run.JsonAsync("users", "create", "alice");

        var (exitCode, _, error) = await _run.RunAsync([
            "keys",
            "create",
            "--user",
            "alice",
            .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ]);

        Assert.Equal(0, exitCode);
        var warnings = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected.Length, warnings.Length);
        Assert.All(expected.Zip(warnings), pair => Assert.Contains(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Create_OfAnUnknownTenantOrADeadKey_IsRefused()
    {
        await _run.JsonAsync("users", "create", "alice");
        await _run.JsonAsync("users", "create", "sue");
        await _run.JsonAsync("users", "set", "sue", "--status", "suspended");
        await _run.JsonAsync("users", "create", "cron", "--system");

        Assert.Equal((1, "unknown_tenant"), await CodeAsync("keys", "create", "--user", "alice", "--tenant", "acne"));
        Assert.Equal((1, "unknown_tenant"), await CodeAsync("keys", "create", "--user", "alice", "--tenant", "acne", "--force"));
        Assert.Equal((1, "expired_key"), await CodeAsync("keys", "create", "--user", "alice", "--expires", "2020-01-01"));
        Assert.Equal((1, "dead_key"), await CodeAsync("keys", "create", "--user", "sue"));
        Assert.Equal((1, "dead_key"), await CodeAsync("keys", "create", "--user", "cron"));
        Assert.Equal(0, (await _run.JsonAsync("keys", "list")).GetProperty("items").GetArrayLength());

        foreach (var user in new[] { "sue", "cron" })
        {
            await _run.JsonAsync("keys", "create", "--user", user, "--force");
        }
    }

    [Fact]
    public async Task Revoke_TakesATokenAndNeverPrintsIt()
    {
        await _run.JsonAsync("users", "create", "alice");
        var token = Text(await _run.JsonAsync("keys", "create", "--user", "alice"), "token")!;
        const string Imported = "sk-an-imported-key";
        const string Coder = "aBcDeF0123-abcdefghijklmnopqrstuv";
        await File.WriteAllTextAsync(_directory["litellm"], $$"""{"token":"{{Sha256(Imported)}}","user_id":"alice"}""");
        await File.WriteAllTextAsync(
            _directory["coder"],
            $$"""{"id":"aBcDeF0123","hashed_secret":"{{Sha256(Coder[11..])}}","user_id":"alice"}"""
        );
        await _run.JsonAsync("keys", "import", "--format", "litellm", _directory["litellm"]);
        await _run.JsonAsync("keys", "import", "--format", "coder", _directory["coder"]);
        var run = new CommandRunner(_directory.Path);

        foreach (var each in new[] { token, Imported, Coder })
        {
            Assert.Equal("revoked", Text(await run.JsonAsync("keys", "revoke", each), "status"));
        }

        var unknown = new[] { "ask_000000000000_x", "sk-unknown", KeyToken.Generate(TokenFamily.Ask) };
        foreach (var verb in new[] { "revoke", "show", "rotate" })
        {
            foreach (var each in unknown)
            {
                Assert.Equal("unknown_key", (await run.FailAsync("keys", verb, each)).Code);
            }
        }

        var printed = run.Printed.ToString();
        Assert.All([token, Imported, Coder, .. unknown], each => Assert.DoesNotContain(each, printed, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Revoke_SinceABackup_RevokesWhatTheRestoreRevived()
    {
        await _run.JsonAsync("users", "create", "alice");
        var (first, second, third) = (await AddAsync(), await AddAsync(), await AddAsync());
        await _run.JsonAsync("keys", "revoke", first);
        var database = _directory["authsidecar.db"];
        Execute($"VACUUM INTO '{_directory["backup"]}'");
        var backup = DateTimeOffset.UtcNow.ToString("O");
        await _run.JsonAsync("keys", "revoke", second);
        await File.WriteAllTextAsync(_directory["audit.json"], (await _run.JsonAsync("audit", "--action", "key.revoked")).GetRawText());
        SqliteConnection.ClearAllPools();
        File.Delete($"{database}-wal");
        File.Delete($"{database}-shm");
        File.Copy(_directory["backup"], database, overwrite: true);
        Assert.Equal("active", Text(await _run.JsonAsync("keys", "show", second), "status"));

        var revoked = await _run.JsonAsync("keys", "revoke", "--since", backup, "--audit", _directory["audit.json"]);

        Assert.Equal($$"""{"revoked":1,"items":["{{second}}"]}""", revoked.GetRawText());
        Assert.Equal("revoked", Text(await _run.JsonAsync("keys", "show", second), "status"));
        Assert.Equal("active", Text(await _run.JsonAsync("keys", "show", third), "status"));

        var fourth = await AddAsync();
        Assert.Equal(1, (await _run.JsonAsync("keys", "revoke", "--since", backup, "--all")).GetProperty("revoked").GetInt32());
        Assert.Equal("revoked", Text(await _run.JsonAsync("keys", "show", third), "status"));
        Assert.Equal("active", Text(await _run.JsonAsync("keys", "show", fourth), "status"));

        async Task<string> AddAsync() => Text(await _run.JsonAsync("keys", "create", "--user", "alice"), "id")!;
        void Execute(string sql)
        {
            using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }

    [Theory]
    [InlineData("--since 1d")]
    [InlineData("--all")]
    [InlineData("--since 1d --all --audit x")]
    [InlineData("abc --since 1d --all")]
    [InlineData("abc --all")]
    public async Task Revoke_OfUnclearKeys_IsAUsageError(string words) =>
        Assert.Equal((64, "usage"), await CodeAsync(["keys", "revoke", .. words.Split(' ')]));

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("x")]
    [InlineData("""{"items":[{"action":"key.revoked"}]}""")]
    public async Task Revoke_OfABadAuditFile_RevokesNothing(string text)
    {
        await File.WriteAllTextAsync(_directory["audit.json"], text);

        Assert.Equal((1, "invalid_audit"), await CodeAsync("keys", "revoke", "--since", "2020-01-01", "--audit", _directory["audit.json"]));
    }

    [Theory]
    [InlineData("show")]
    [InlineData("revoke")]
    [InlineData("rotate")]
    public async Task UnknownKey_IsNotFound(string verb)
    {
        Assert.Equal((1, "unknown_key", "There is no key 000000000000."), await _run.FailAsync("keys", verb, "000000000000"));
        Assert.Equal((64, "usage"), await CodeAsync("keys", verb));
        Assert.Equal((64, "usage"), await CodeAsync("keys", verb, "000000000000", "000000000000"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AllOutput_ShowsSecretsOnlyAtTheirCreation(bool isJson)
    {
        string[] json = isJson ? ["--json"] : [];
        await _run.RunAsync("users", "create", "alice");
        var key = await _run.JsonAsync("keys", "create", "--user", "alice", "--name", "laptop");
        var (id, token) = (Text(key, "id")!, Text(key, "token")!);
        var hash = Hash(id);
        var after = new CommandRunner(_directory.Path);

        await after.RunAsync(["keys", "list", .. json]);
        await after.RunAsync(["keys", "show", id, .. json]);
        await after.RunAsync(["keys", "rotate", id, "--grace", "1h", .. json]);
        await after.RunAsync(["keys", "revoke", id, .. json]);
        await after.RunAsync(["keys", "rotate", id, .. json]);
        await after.RunAsync(["keys", "create", "--user", "alice", "--scope", "no,", .. json]);

        var printed = after.Printed.ToString();
        Assert.Contains(id, printed, StringComparison.Ordinal);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(printed, "ask_"));
        Assert.DoesNotContain(token[17..], printed, StringComparison.Ordinal);
        Assert.DoesNotContain(token[17..49], printed, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexString(hash), printed, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Convert.ToBase64String(hash), printed, StringComparison.Ordinal);
        Assert.DoesNotContain(await File.ReadAllTextAsync(_directory["pepper"]), printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForPeople_TheTokenIsOnASeparateLine()
    {
        await _run.RunAsync("users", "create", "alice");

        var (exitCode, output, _) = await _run.RunAsync(
            "keys",
            "create",
            "--user",
            "alice",
            "--scope",
            "llm:invoke",
            "--permits",
            "5",
            "--window",
            "60s"
        );

        Assert.Equal(0, exitCode);
        Assert.Single(output.Split('\n'), line => KeyToken.TryParse(line.Trim(), out _));
        Assert.Contains("scopes     llm:invoke\n", output, StringComparison.Ordinal);
        Assert.Contains("limit      5 in 60s\n", output, StringComparison.Ordinal);
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private async Task<IEnumerable<string?>> IdsAsync(params string[] words) =>
        (await _run.JsonAsync(words)).GetProperty("items").EnumerateArray().Select(item => Text(item, "id"));

    private async Task<(int, string)> CodeAsync(params string[] words)
    {
        var (exitCode, code, _) = await _run.FailAsync(words);
        return (exitCode, code);
    }

    private byte[] Hash(string id)
    {
        using var connection = new SqliteConnection($"Data Source={_directory["authsidecar.db"]};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT Hash FROM ApiKeys WHERE Id = @id";
        command.Parameters.AddWithValue("@id", id);
        return (byte[])command.ExecuteScalar()!;
    }

    private static string Sha256(string text) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(text)));
}
