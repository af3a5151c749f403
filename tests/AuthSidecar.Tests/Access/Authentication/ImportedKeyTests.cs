using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Access.Identities;
using AuthSidecar.Administration.Keys.Import;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Access.Authentication;

/// <summary>Keys of other gateways authenticate unchanged.</summary>
public class ImportedKeyTests
{
    private const string Coder = "aBcDeF0123-abcdefghijklmnopqrstuv";
    private const string Litellm = "sk-a-key-of-litellm";
    private const string Pk = "pk_a-key-of-the-old-proxy";

    [Fact]
    public async Task NoImport_RefusesTheirTokensUnread()
    {
        await using var fixture = await KeyFixture.StartAsync();

        foreach (var token in (string[])[Coder, Litellm, Pk])
        {
            Assert.Equal(AuthenticationFailure.UnknownFamily, (await fixture.AuthenticateAsync(token)).Failure);
        }

        // One statement per format, once; no key lookup.
        Assert.Equal(3, fixture.Queries.Count);
    }

    [Fact]
    public async Task Coder_IsFoundByItsIdAndProvenByItsSecret()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(fixture, ImportFormat.Coder, CoderLine("alice", "[\"llm:invoke\"]"));

        var identity = (await fixture.AuthenticateAsync(Coder)).Identity!;

        Assert.Equal(("aBcDeF0123", "alice"), (identity.KeyId, identity.Username));
        Assert.Equal(["llm:invoke"], identity.Scopes);
        Assert.Equal(AuthenticationFailure.InvalidKey, (await fixture.AuthenticateAsync(Coder[..^1] + "x")).Failure);
        Assert.Equal(AuthenticationFailure.UnknownKey, (await fixture.AuthenticateAsync("bBcDeF0123-abcdefghijklmnopqrstuv")).Failure);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("[\"all\"]")]
    [InlineData("[\"coder:all\", \"x\"]")]
    public async Task CodersNamesForAllScopes_AreFull(string scopes)
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(fixture, ImportFormat.Coder, CoderLine("alice", scopes));

        Assert.Equal(["full"], (await fixture.AuthenticateAsync(Coder)).Identity!.Scopes);
    }

    [Theory]
    [InlineData(ImportFormat.Litellm, Litellm)]
    [InlineData(ImportFormat.Legacy, Pk)]
    [InlineData(ImportFormat.Coder, Coder)]
    internal async Task FirstUse_RewritesTheHash(ImportFormat format, string token)
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(fixture, format, LineOf(format));

        var id = (await fixture.AuthenticateAsync(token)).Identity!.KeyId;
        await fixture.Bookkeeping.FlushAsync(default);

        await using (var context = fixture.Store.Open())
        {
            var row = await context.ApiKeys.SingleAsync();
            Assert.False(row.IsHashImported);
            Assert.Equal(fixture.Hasher.Hash(token).ToArray(), row.Hash);
        }

        await using var another = await fixture.StartAnotherAsync("a pepper for tests");
        Assert.Equal(id, (await another.AuthenticateAsync(token)).Identity!.KeyId);
    }

    [Fact]
    public async Task BothRowsThere_ThePresentFormDecides()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(fixture, ImportFormat.Legacy, LineOf(ImportFormat.Legacy));
        fixture.Execute(
            "CREATE TABLE Twin AS SELECT * FROM ApiKeys; UPDATE Twin SET Id = 'rewritten001', Hash = @hash, IsHashImported = 0; "
                + "INSERT INTO ApiKeys SELECT * FROM Twin;",
            new Microsoft.Data.Sqlite.SqliteParameter("@hash", fixture.Hasher.Hash(Pk).ToArray())
        );

        Assert.Equal("rewritten001", (await fixture.AuthenticateAsync(Pk)).Identity!.KeyId);
    }

    [Theory]
    [InlineData("""{"token":"HASH","user_id":"u","blocked":true}""", AuthenticationFailure.RevokedKey)]
    [InlineData("""{"token":"HASH","user_id":"u","expires":"2025-01-01T00:00:00"}""", AuthenticationFailure.ExpiredKey)]
    [InlineData("""{"token":"HASH","user_id":"suspended"}""", AuthenticationFailure.InactiveUser)]
    [InlineData("""{"token":"HASH","user_id":"cron"}""", AuthenticationFailure.SystemUser)]
    [InlineData("""{"token":"HASH","user_id":"deleted"}""", AuthenticationFailure.DeletedUser)]
    internal async Task EveryState_IsReported(string line, AuthenticationFailure expected)
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync("suspended");
        await fixture.SetStatusAsync("suspended", UserStatus.Suspended);
        await fixture.CreateUserAsync("deleted");
        await fixture.SetStatusAsync("deleted", UserStatus.Deleted);
        await fixture.CreateUserAsync("cron", isSystem: true);
        await ImportAsync(fixture, ImportFormat.Litellm, line.Replace("HASH", Sha256(Litellm), StringComparison.Ordinal));

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(expected, (await fixture.AuthenticateAsync(Litellm)).Failure);
            await fixture.Bookkeeping.FlushAsync(default);
            fixture.Caches.Invalidate(InvalidationSet.Everything);
        }
    }

    [Fact]
    public async Task ModelsNameAndBudget_ComeAlong()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(
            fixture,
            ImportFormat.Litellm,
            $$"""{"token":"{{Sha256(Litellm)}}","user_id":"0198B0C0-0000-7000-8000-000000000001","key_alias":"ci","models":["gpt-4*"],"max_budget":1.5,"spend":3}"""
        );

        var identity = (await fixture.AuthenticateAsync(Litellm)).Identity!;

        Assert.Equal("0198b0c0-0000-7000-8000-000000000001", identity.UserId);
        Assert.Equal(["gpt-4*"], identity.Models);
        await using var context = fixture.Store.Open();
        Assert.Equal(1_500_000, (await context.Budgets.SingleAsync(budget => budget.SubjectId == identity.KeyId)).LimitMicros);
        Assert.Equal("ci", (await context.ApiKeys.SingleAsync()).Name);
    }

    [Theory]
    [InlineData(ImportFormat.Coder, "{", "line 2: is not JSON, or has a duplicate member")]
    [InlineData(ImportFormat.Coder, "[]", "line 2: is not a JSON object")]
    [InlineData(ImportFormat.Coder, "{}", "line 2: id is missing; hashed_secret is missing; user_id is missing")]
    [InlineData(
        ImportFormat.Coder,
        """{"id":"short","hashed_secret":"zz","user_id":7,"expires_at":"soon","scopes":"all"}""",
        "line 2: id is not 10 letters and digits; scopes is not a list of texts; hashed_secret is not a SHA-256 in 64 hexadecimal "
            + "digits; user_id is not text; expires_at is not a time such as 2030-12-31T23:59:59Z"
    )]
    [InlineData(
        ImportFormat.Litellm,
        """{"token":"HASH","user_id":"u","blocked":"no","max_budget":-1,"models":[1]}""",
        "line 2: models is not a list of texts; blocked is neither true nor false; max_budget is not a number from 0 to 1000000"
    )]
    [InlineData(
        ImportFormat.Litellm,
        """{"token":"HASH","user_id":" u"}""",
        "line 2: user_id cannot be a user's name: A user's name must be printable, without blanks around it."
    )]
    [InlineData(ImportFormat.Legacy, """{"token_hash":"HASH","user":null}""", "line 2: user is missing")]
    internal async Task BadLine_IsReportedAndNothingIsImported(ImportFormat format, string line, string expected)
    {
        await using var fixture = await KeyFixture.StartAsync();

        var refusal = await TryImportAsync(
            fixture,
            format,
            LineOf(format),
            line.Replace("HASH", Sha256("another"), StringComparison.Ordinal),
            "",
            LineOf(format)
        );

        Assert.Equal($"Nothing was imported:\n{expected}\nline 4: the same key as in line 1", refusal?.Message);
        await using var context = fixture.Store.Open();
        Assert.Equal((0, 0), (await context.ApiKeys.CountAsync(), await context.Users.CountAsync()));
        Assert.DoesNotContain(Sha256("another"), refusal!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ImportFormat.Litellm, Litellm)]
    [InlineData(ImportFormat.Legacy, Pk)]
    [InlineData(ImportFormat.Coder, Coder)]
    internal async Task SecondImport_IsReportedAlsoAfterTheFirstUse(ImportFormat format, string token)
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(fixture, format, LineOf(format));
        var id = (await fixture.AuthenticateAsync(token)).Identity!.KeyId;
        await fixture.Bookkeeping.FlushAsync(default);

        var refusal = await TryImportAsync(fixture, format, LineOf(format));

        Assert.Equal($"Nothing was imported:\nline 1: was imported before, as key {id}", refusal?.Message);
    }

    [Fact]
    public async Task EveryMemberThatNarrows_IsKept()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(
            fixture,
            ImportFormat.Litellm,
            $$"""
            {"token":"{{Sha256(
                Litellm
            )}}","key_name":"sk-...tellm","key_alias":"ci","user_id":"alice","spend":0.25,"rpm_limit":7,"max_budget":2,"budget_duration":"30d","budget_reset_at":"2031-01-01T00:00:00Z","allowed_routes":["llm_api_routes"],"models":["all-proxy-models"],"team_id":null,"aliases":{},"config":{},"permissions":{},"metadata":{"owner":"x"},"tpm_limit":3000000000,"max_parallel_requests":3,"blocked":null,"soft_budget_cooldown":false,"rotation_count":0,"created_at":"2026-01-01T00:00:00Z"}
            """.Trim()
        );

        var identity = (await fixture.AuthenticateAsync(Litellm)).Identity!;

        Assert.Equal(["llm:invoke"], identity.Scopes);
        Assert.Empty(identity.Models ?? []);
        await using var context = fixture.Store.Open();
        var key = await context.ApiKeys.SingleAsync();
        Assert.Equal((7, TimeSpan.FromMinutes(1)), (key.Permits, key.Window));
        Assert.Equal((3_000_000_000, TimeSpan.FromMinutes(1), 3), (key.Tokens, key.TokenWindow, key.Parallel));
        Assert.Equal((new TokenLimit(3_000_000_000, TimeSpan.FromMinutes(1)), 3), (identity.TokenLimit, identity.Parallel));
        var spend = await context.Spends.SingleAsync();
        Assert.Equal(
            (BudgetScope.Key, identity.KeyId, BudgetPeriod.Month.IdAt(fixture.Clock.GetUtcNow()), 250_000),
            (spend.Scope, spend.SubjectId, spend.PeriodId, spend.Micros)
        );
    }

    [Theory]
    [InlineData("1d", "Day")]
    [InlineData("24h", "Day")]
    [InlineData("7d", "Week")]
    [InlineData("1w", "Week")]
    [InlineData("30d", "Month")]
    [InlineData("1mo", "Month")]
    public async Task PeriodOfABudget_IsKept_WithItsSpend(string duration, string period)
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(
            fixture,
            ImportFormat.Litellm,
            $$"""{"token":"{{Sha256(Litellm)}}","user_id":"alice","spend":0.25,"max_budget":2,"soft_budget":1.5,"budget_duration":"{{duration}}"}"""
        );

        await using var context = fixture.Store.Open();
        var (budget, spend, expected) = (
            await context.Budgets.SingleAsync(),
            await context.Spends.SingleAsync(),
            Enum.Parse<BudgetPeriod>(period)
        );
        Assert.Equal((BudgetScope.Key, expected, 2_000_000), (budget.Scope, budget.Period, budget.LimitMicros));
        Assert.Equal(1_500_000, budget.WarnMicros);
        Assert.Equal((expected.IdAt(fixture.Clock.GetUtcNow()), 250_000), (spend.PeriodId, spend.Micros));
    }

    [Theory]
    [InlineData("\"models\":[\"all-team-models\"]", "models has all-team-models, a list that is not in this file; write its models")]
    [InlineData("\"models\":[\"no-default-models\"]", "models has no-default-models, a list that is not in this file; write its models")]
    [InlineData("\"team_id\":\"t1\"", "team_id names limits that are not in this file; write them into the line, and remove it")]
    [InlineData("\"tpm_limit\":0", "tpm_limit is not a whole number from 1 to 9223372036854775807; a key that may do nothing has blocked")]
    [InlineData(
        "\"max_parallel_requests\":0.5",
        "max_parallel_requests is not a whole number from 1 to 2147483647; a key that may do nothing has blocked"
    )]
    [InlineData(
        "\"model_max_budget\":{\"gpt-5\":1}",
        "model_max_budget may narrow the key, and is not imported; remove it if the key may do without"
    )]
    [InlineData("\"something_new\":[1]", "something_new may narrow the key, and is not imported; remove it if the key may do without")]
    [InlineData(
        "\"metadata\":{\"guardrails\":[\"pii\"]}",
        "metadata.guardrails narrows the key, and is not imported; remove it if the key may do without"
    )]
    [InlineData(
        "\"allowed_routes\":[\"/chat/completions\"]",
        "allowed_routes has /chat/completions; only llm_api_routes has a scope here, llm:invoke"
    )]
    [InlineData(
        "\"allowed_routes\":[\"management_routes\"]",
        "allowed_routes has management_routes; only llm_api_routes has a scope here, llm:invoke"
    )]
    [InlineData("\"allowed_routes\":[\"info_routes\"]", "allowed_routes is without llm_api_routes, so the key may use no model")]
    [InlineData("\"rpm_limit\":0", "rpm_limit is not a whole number from 1 to 2147483647; a key that may do nothing has blocked")]
    [InlineData(
        "\"max_budget\":1,\"budget_duration\":\"2d\"",
        "budget_duration is 2d; a budget is of a day (1d or 24h), a week (7d or 1w) or a month (30d or 1mo) here"
    )]
    [InlineData(
        "\"max_budget\":1,\"budget_duration\":\"1D\"",
        "budget_duration is 1D; a budget is of a day (1d or 24h), a week (7d or 1w) or a month (30d or 1mo) here"
    )]
    [InlineData("\"spend\":\"much\"", "spend is not a number from 0 to 1000000")]
    public async Task MemberThatNarrowsAndCannotBeKept_IsABadLine(string member, string expected)
    {
        await using var fixture = await KeyFixture.StartAsync();

        var refusal = await TryImportAsync(
            fixture,
            ImportFormat.Litellm,
            $$"""{"token":"{{Sha256(Litellm)}}","user_id":"alice",{{member}}}"""
        );

        Assert.Equal($"Nothing was imported:\nline 1: {expected}", refusal?.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"user_id\":null,")]
    [InlineData("\"user_id\":\"\",")]
    public async Task KeyWithoutAUser_IsAServices(string user)
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(fixture, ImportFormat.Litellm, $$"""{"token":"{{Sha256(Litellm)}}",{{user}}"key_alias":"batch"}""");

        var identity = (await fixture.AuthenticateAsync(Litellm)).Identity!;

        Assert.Equal((SubjectType.Service, "imported-services"), (identity.Type, identity.Username));
    }

    [Theory]
    [InlineData("\"scope\":\"application_connect\"", "application_connect")]
    [InlineData("\"scope\":\"all\"", "full")]
    [InlineData("\"scopes\":[\"llm:invoke\"],\"allow_list\":[\"*:*\"]", "llm:invoke")]
    public async Task CodersOneScope_IsKept(string members, string scope)
    {
        await using var fixture = await KeyFixture.StartAsync();
        await ImportAsync(
            fixture,
            ImportFormat.Coder,
            $$"""{"id":"aBcDeF0123","hashed_secret":"{{Sha256(Coder[11..])}}","user_id":"alice",{{members}}}"""
        );

        Assert.Equal([scope], (await fixture.AuthenticateAsync(Coder)).Identity!.Scopes);
    }

    [Theory]
    [InlineData("\"scopes\":[\"manage\"]", "scopes has manage, which opens the management API here; remove it")]
    [InlineData("\"scope\":\"manage\"", "scopes has manage, which opens the management API here; remove it")]
    [InlineData("\"allow_list\":[\"workspace:1\"]", "allow_list narrows the key, and is not imported; remove it if the key may do without")]
    public async Task CodersMemberThatCannotBeKept_IsABadLine(string member, string expected)
    {
        await using var fixture = await KeyFixture.StartAsync();

        var refusal = await TryImportAsync(
            fixture,
            ImportFormat.Coder,
            $$"""{"id":"aBcDeF0123","hashed_secret":"{{Sha256(Coder[11..])}}","user_id":"alice",{{member}}}"""
        );

        Assert.Equal($"Nothing was imported:\nline 1: {expected}", refusal?.Message);
    }

    [Fact]
    public async Task KeysOfCoderWithOneSecret_AreBadLinesThatNameTheOther()
    {
        await using var fixture = await KeyFixture.StartAsync();
        var other = CoderLine("bob", "null").Replace("aBcDeF0123", "aBcDeF0124", StringComparison.Ordinal);
        const string Advice = "two keys with one secret cannot be told apart, so revoke one and import the other";

        Assert.Equal(
            $"Nothing was imported:\nline 2: hashed_secret is that of line 1; {Advice}",
            (await TryImportAsync(fixture, ImportFormat.Coder, CoderLine("alice", "null"), other))?.Message
        );

        await ImportAsync(fixture, ImportFormat.Coder, CoderLine("alice", "null"));
        Assert.Equal(
            $"Nothing was imported:\nline 1: hashed_secret is that of the key aBcDeF0123; {Advice}",
            (await TryImportAsync(fixture, ImportFormat.Coder, other))?.Message
        );
    }

    [Fact]
    public async Task ImportByAnotherProcess_IsNoticed()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await using var another = await fixture.StartAnotherAsync();
        Assert.Equal(AuthenticationFailure.UnknownFamily, (await fixture.AuthenticateAsync(Pk)).Failure);

        await ImportAsync(another, ImportFormat.Legacy, LineOf(ImportFormat.Legacy));
        await fixture.PollAsync();

        Assert.Equal("alice", (await fixture.AuthenticateAsync(Pk)).Identity?.Username);
    }

    [Fact]
    public async Task ExistingOwners_AreFoundByNameAndId()
    {
        await using var fixture = await KeyFixture.StartAsync();
        var alice = await fixture.CreateUserAsync();

        await ImportAsync(
            fixture,
            ImportFormat.Litellm,
            Line(alice.Id, "sk-1"),
            Line("alice", "sk-2"),
            Line("bob", "sk-3"),
            Line("bob", "sk-4")
        );

        await using var context = fixture.Store.Open();
        Assert.Equal(["alice", "bob"], await context.Users.Select(user => user.Name).Order().ToListAsync());
        Assert.Equal(SubjectType.Account, (await fixture.AuthenticateAsync("sk-1")).Identity!.Type);

        static string Line(string user, string token) => $$"""{"token":"{{Sha256(token)}}","user_id":"{{user}}"}""";
    }

    private static string LineOf(ImportFormat format) =>
        format switch
        {
            ImportFormat.Coder => CoderLine("alice", "null"),
            ImportFormat.Litellm => $$"""{"token":"{{Sha256(Litellm)}}","user_id":"alice"}""",
            _ => $$"""{"token_hash":"{{Sha256(Pk)}}","user":"alice","expires_at":null}""",
        };

    private static string CoderLine(string user, string scopes) =>
        $$"""{"id":"aBcDeF0123","hashed_secret":"{{Sha256(Coder[11..])}}","user_id":"{{user}}","scopes":{{scopes}},"login_type":"token"}""";

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)));

    private static async Task ImportAsync(KeyFixture fixture, ImportFormat format, params string[] lines) =>
        Assert.Null(await TryImportAsync(fixture, format, lines));

    private static async Task<Refusal?> TryImportAsync(KeyFixture fixture, ImportFormat format, params string[] lines)
    {
        using var file = new StringReader(string.Join('\n', lines));
        return (await new ImportKeys(fixture.Store, fixture.Clock).RunAsync(file, format, default)).Refusal;
    }
}
