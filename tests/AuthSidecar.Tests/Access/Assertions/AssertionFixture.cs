using System.Text.Json.Nodes;
using AuthSidecar.Access.Assertions;
using AuthSidecar.Access.Upstream;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.Tests.Platform.Storage;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AuthSidecar.Tests.Access.Assertions;

/// <summary>The assertion keys of one replica on a store in a temporary directory.</summary>
internal sealed class AssertionFixture : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly bool _ownsDirectory;

    private AssertionFixture(TemporaryDirectory directory, bool ownsDirectory, FakeTimeProvider time, string[] peppers)
    {
        (_directory, _ownsDirectory, Time) = (directory, ownsDirectory, time);
        Store = SqliteStore.For(new(), directory.Path, TimeProvider.System);
        Ring = new(Store, new(new KeyHasher([.. peppers.Select(pepper => new Secret(pepper))])), time, Log);
        Step = new(Ring, time);
    }

    public FakeTimeProvider Time { get; }

    public SqliteStore Store { get; }

    public AssertionKeyRing Ring { get; }

    public AssertionStep Step { get; }

    public RecordingLogger<AssertionKeyRing> Log { get; } = new();

    public string DatabasePath => _directory["authsidecar.db"];

    public static Task<AssertionFixture> StartAsync(params string[] peppers) =>
        StartAsync(new(), true, new(new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero)), peppers);

    /// <summary>Another replica on the same store and clock.</summary>
    public Task<AssertionFixture> StartAnotherAsync(params string[] peppers) => StartAsync(_directory, false, Time, peppers);

    public Task<bool> LoadAsync() => Ring.LoadAsync(mayCreate: true);

    /// <summary>The key set that is published now.</summary>
    public string Published() =>
        new JsonObject { ["keys"] = new JsonArray([.. Ring.Published.Select(key => key.ToJsonWebKey())]) }.ToJsonString();

    public static CheckContext Request(Identity identity, Delegation? delegation = null) =>
        new(
            new InboundRequest
            {
                Method = "GET",
                Target = "/",
                Host = "h",
                Headers = new(),
            },
            "0123456789abcdef0123456789abcdef"
        )
        {
            Policy = new Snapshot(new() { Policies = { ["p"] = new() { Assertion = true } } }, []).Policies.ByName("p")!,
            Identity = identity,
            Caller = new(identity, AuthenticationMode.Centralized, delegation),
        };

    public static Identity Alice { get; } =
        new("key-1", SubjectType.Account, "0b1e8c0e-0000-4000-8000-000000000001", "Ålice", ["llm:invoke", "apps:run"], "acme", null);

    /// <summary>Runs the step and returns the assertion; null: denied.</summary>
    public async Task<string?> AssertAsync(CheckContext context)
    {
        var result = await Step.RunAsync(context, CancellationToken.None);
        Assert.True(result.IsContinue || result.Denial == Denials.StoreUnavailable);
        return context.Edits.Set.SingleOrDefault(header => header.Key == IdentityHeaders.Assertion).Value;
    }

    /// <summary>Validates an assertion as an upstream does, with the common library.</summary>
    public static async Task<TokenValidationResult> VerifyAsync(
        string assertion,
        string keySet,
        DateTimeOffset now,
        string audience = "p"
    ) =>
        await new JsonWebTokenHandler().ValidateTokenAsync(
            assertion,
            new TokenValidationParameters
            {
                ValidIssuer = "authsidecar",
                ValidAudience = audience,
                ValidAlgorithms = ["ES256"],
                IssuerSigningKeys = new JsonWebKeySet(keySet).GetSigningKeys(),
                LifetimeValidator = (_, expires, _, _) => expires > now.UtcDateTime,
            }
        );

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        if (_ownsDirectory)
        {
            _directory.Dispose();
        }
    }

    private static async Task<AssertionFixture> StartAsync(
        TemporaryDirectory directory,
        bool ownsDirectory,
        FakeTimeProvider time,
        string[] peppers
    )
    {
        var fixture = new AssertionFixture(directory, ownsDirectory, time, peppers is [] ? ["a pepper for tests"] : peppers);
        await fixture.Store.PrepareAsync(CancellationToken.None);
        return fixture;
    }
}
