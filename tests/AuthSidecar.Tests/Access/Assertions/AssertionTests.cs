using System.Text.Json.Nodes;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;

namespace AuthSidecar.Tests.Access.Assertions;

public sealed class AssertionTests : IAsyncLifetime
{
    private AssertionFixture _fixture = null!;

    public async Task InitializeAsync() => _fixture = await AssertionFixture.StartAsync();

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task Assertion_MatchesTheHeaders_AndVerifies()
    {
        var context = AssertionFixture.Request(
            AssertionFixture.Alice,
            new Delegation("key-1", "agents", "9d3c0b5e-0000-4000-8000-000000000002")
        );
        context.App = new("app-1", "acme", "", false);

        var assertion = (await _fixture.AssertAsync(context))!;

        Assert.True((await AssertionFixture.VerifyAsync(assertion, _fixture.Published(), _fixture.Time.GetUtcNow())).IsValid);
        var now = _fixture.Time.GetUtcNow().ToUnixTimeSeconds();
        var expected = JsonNode.Parse(
            $$"""
            {
              "iss": "authsidecar", "aud": "p", "sub": "{{AssertionFixture.Alice.UserId}}", "jti": "0123456789abcdef0123456789abcdef", "iat": {{now}}, "exp": {{now
                + 60}},
              "decision_id": "0123456789abcdef0123456789abcdef", "subject_type": "account", "auth_mode": "centralized", "user_id": "{{AssertionFixture.Alice.UserId}}", "username": "Ålice",
              "key_id": "key-1", "tenant": "acme", "app": "app-1", "scope": "llm:invoke apps:run", "delegated": true, "source": "agents", "workspace_id": "9d3c0b5e-0000-4000-8000-000000000002"
            }
            """
        );
        Assert.True(JsonNode.DeepEquals(expected, Claims(assertion)), Claims(assertion).ToJsonString());
    }

    [Fact]
    public async Task AbsentFacts_AreOmitted()
    {
        var person = new Identity("", SubjectType.EndUser, null, null, [], null, null) { ExternalSubject = "https://id.example|u1" };

        var claims = Claims((await _fixture.AssertAsync(AssertionFixture.Request(person)))!).AsObject();

        Assert.Equal(
            ["aud", "auth_mode", "decision_id", "exp", "iat", "iss", "jti", "sub", "subject_type"],
            claims.Select(claim => claim.Key).Order(StringComparer.Ordinal)
        );
        Assert.Equal(("https://id.example|u1", "end_user"), ((string?)claims["sub"], (string?)claims["subject_type"]));
    }

    [Fact]
    public async Task ServiceKey_ReportsNoUser()
    {
        var claims = Claims(
                (await _fixture.AssertAsync(AssertionFixture.Request(AssertionFixture.Alice with { Type = SubjectType.Service })))!
            )
            .AsObject();

        Assert.False(claims.ContainsKey("user_id") || claims.ContainsKey("username"));
        Assert.Equal("key-1", (string?)claims["sub"]);
    }

    [Fact]
    public async Task Assertion_HoldsForAMinuteAndForItsAudience()
    {
        var assertion = (await _fixture.AssertAsync(AssertionFixture.Request(AssertionFixture.Alice)))!;
        var now = _fixture.Time.GetUtcNow();

        Assert.True((await AssertionFixture.VerifyAsync(assertion, _fixture.Published(), now.AddSeconds(59))).IsValid);
        Assert.False((await AssertionFixture.VerifyAsync(assertion, _fixture.Published(), now.AddSeconds(61))).IsValid);
        Assert.False((await AssertionFixture.VerifyAsync(assertion, _fixture.Published(), now, "another")).IsValid);
    }

    [Fact]
    public async Task PublishedKeys_HoldNothingPrivate()
    {
        await _fixture.LoadAsync();
        var keys = JsonNode.Parse(_fixture.Published())!["keys"]!.AsArray();

        Assert.Equal(2, keys.Count);
        Assert.All(keys, key =>
            Assert.Equal(
                ["alg", "crv", "kid", "kty", "use", "x", "y"],
                key!.AsObject().Select(member => member.Key).Order(StringComparer.Ordinal)
            )
        );
    }

    [Fact]
    public async Task StoredKey_IsNotReadable()
    {
        await _fixture.LoadAsync();
        await using var context = _fixture.Store.Open();

        foreach (var row in await context.AssertionKeys.ToListAsync())
        {
            Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() =>
            {
                using var key = System.Security.Cryptography.ECDsa.Create();
                key.ImportPkcs8PrivateKey(row.Sealed.AsSpan(28), out _);
            });
        }
    }

    [Fact]
    public async Task AssertedRequest_SharesNoAnswer()
    {
        var context = AssertionFixture.Request(AssertionFixture.Alice);

        Assert.False(new AnswerCache([_fixture.Step]).MayShare(context));
        var (first, second) = (
            await _fixture.AssertAsync(context),
            await _fixture.AssertAsync(AssertionFixture.Request(AssertionFixture.Alice))
        );
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task Replicas_ShareTheirKeys()
    {
        await using var other = await _fixture.StartAnotherAsync();
        await Task.WhenAll(_fixture.LoadAsync(), other.LoadAsync());

        var assertion = (await _fixture.AssertAsync(AssertionFixture.Request(AssertionFixture.Alice)))!;

        Assert.Equal(_fixture.Published(), other.Published());
        Assert.True((await AssertionFixture.VerifyAsync(assertion, other.Published(), _fixture.Time.GetUtcNow())).IsValid);
    }

    [Fact]
    public async Task ManyReplicasThatStartAtOnce_AgreeOnOneKey()
    {
        var replicas = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _fixture.StartAnotherAsync()));

        Assert.All(await Task.WhenAll(replicas.Select(replica => replica.LoadAsync())), Assert.True);

        Assert.Single(replicas.Select(replica => replica.Published()).Distinct());
        foreach (var replica in replicas)
        {
            await replica.DisposeAsync();
        }
    }

    [Fact]
    public async Task Rotation_HasNoGap()
    {
        await using var verifier = await _fixture.StartAnotherAsync();
        var signers = new HashSet<string>();
        string? published = null;
        string? last = null;
        for (var hour = 0; hour < 24 * 5; hour += 1)
        {
            await _fixture.LoadAsync();
            var now = _fixture.Time.GetUtcNow();
            var assertion = (await _fixture.AssertAsync(AssertionFixture.Request(AssertionFixture.Alice)))!;
            signers.Add(new JsonWebToken(assertion).Kid);

            // A key set that was cached for 23 hours contains the current key.
            if (published is null || hour % 23 == 0)
            {
                await verifier.LoadAsync();
                published = verifier.Published();
            }

            Assert.True((await AssertionFixture.VerifyAsync(assertion, published, now)).IsValid, $"hour {hour}");
            if (last is not null)
            {
                await verifier.LoadAsync();
                Assert.True(
                    (await AssertionFixture.VerifyAsync(last, verifier.Published(), now.AddHours(-1))).IsValid,
                    $"the one before hour {hour}"
                );
            }

            last = assertion;
            _fixture.Time.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal(6, signers.Count);
        await using var context = _fixture.Store.Open();
        Assert.InRange(await context.AssertionKeys.CountAsync(), 3, 4);
    }

    [Fact]
    public async Task OlderPepper_StillOpensKeys()
    {
        await _fixture.LoadAsync();
        await using var rotated = await _fixture.StartAnotherAsync("a new pepper", "a pepper for tests");

        await rotated.LoadAsync();

        Assert.Equal(_fixture.Published(), rotated.Published());
    }

    [Fact]
    public async Task KeyThatNoPepperOpens_IsReplacedAndLogged()
    {
        await _fixture.LoadAsync();
        await using var other = await _fixture.StartAnotherAsync("quite another pepper");

        var assertion = (await other.AssertAsync(AssertionFixture.Request(AssertionFixture.Alice)))!;

        Assert.True((await AssertionFixture.VerifyAsync(assertion, other.Published(), _fixture.Time.GetUtcNow())).IsValid);
        Assert.Contains(other.Log.Entries, entry =>
            entry.Level == LogLevel.Error && entry.Message.Contains("cannot be decrypted", StringComparison.Ordinal)
        );
        Assert.NotEqual(_fixture.Published(), other.Published());
    }

    [Fact]
    public async Task RowThatWasMoved_DoesNotOpen()
    {
        await _fixture.LoadAsync();
        Execute("UPDATE AssertionKeys SET Sealed = (SELECT Sealed FROM AssertionKeys ORDER BY Period LIMIT 1)");
        await using var other = await _fixture.StartAnotherAsync();

        await other.LoadAsync();

        Assert.NotEqual(_fixture.Published(), other.Published());
        Assert.Contains(other.Log.Entries, entry => entry.Message.Contains("cannot be decrypted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WithoutAStore_NothingPassesUnsigned()
    {
        Execute("DROP TABLE AssertionKeys");

        Assert.Null(await _fixture.AssertAsync(AssertionFixture.Request(AssertionFixture.Alice)));
    }

    [Fact]
    public async Task StoreThatGoesAway_LeavesTheKeysThatWereRead()
    {
        await _fixture.LoadAsync();
        Execute("DROP TABLE AssertionKeys");
        _fixture.Time.Advance(TimeSpan.FromHours(23));
        Assert.False(await _fixture.LoadAsync());

        Assert.NotNull(await _fixture.AssertAsync(AssertionFixture.Request(AssertionFixture.Alice)));

        _fixture.Time.Advance(TimeSpan.FromHours(24));
        Assert.Null(await _fixture.AssertAsync(AssertionFixture.Request(AssertionFixture.Alice)));
    }

    private static JsonNode Claims(string assertion) =>
        JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(assertion.Split('.')[1]))!;

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_fixture.DatabasePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
