using System.Text.Json.Nodes;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.TestSupport.Servers;
using static AuthSidecar.IntegrationTests.Recording.Records;

namespace AuthSidecar.IntegrationTests.Recording;

/// <summary>Each call of <c>IsAuthorized</c> leaves one row, allowed or denied; a second-phase call leaves none.</summary>
public sealed class AuthorizerEventTests : IDisposable
{
    private readonly SidecarSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task EachCall_IsARow_AndASecondPhaseNone()
    {
        _sandbox.Settings["Limits"] = new JsonObject { ["DefaultPermits"] = 1 };
        _sandbox.Save();
        await using var seeder = await KeySeeder.OpenAsync(_sandbox);
        await seeder.AddUserAsync("ada");
        var key = await seeder.AddKeyAsync("ada", "full");
        var service = (
            await new CreateKey(seeder.Store, seeder.Hasher, TimeProvider.System).RunAsync(
                new("ada") { Subject = SubjectType.Service },
                CancellationToken.None
            )
        ).Value;
        await using var harness = await RecorderHarness.StartAsync(_sandbox);

        var answer = await harness.Authorizer.IsAuthorizedAsync(new() { Key = key.Token }, RecorderHarness.Headers);
        await harness.Authorizer.IsAuthorizedAsync(
            new()
            {
                KeyId = key.Key.Id,
                ProviderName = "openai",
                Model = "gpt-5",
            },
            RecorderHarness.Headers
        );
        await ErrorAsync(() =>
            harness.Authorizer.IsAuthorizedAsync(new() { Key = key.Token, Model = "gpt-5" }, RecorderHarness.Headers).ResponseAsync
        );
        await ErrorAsync(() =>
            harness
                .Authorizer.IsAuthorizedAsync(
                    new()
                    {
                        Key = "foo",
                        ProviderName = "openai",
                        Model = "gpt-5",
                    },
                    RecorderHarness.Headers
                )
                .ResponseAsync
        );
        await harness.Authorizer.IsAuthorizedAsync(new() { KeyId = service.Key.Id }, RecorderHarness.Headers);
        await ErrorAsync(() => harness.Authorizer.IsAuthorizedAsync(new() { Key = "foo" }, RecorderHarness.Headers).ResponseAsync);
        await ErrorAsync(() =>
            harness.Authorizer.IsAuthorizedAsync(new() { Key = key.Token, KeyId = "x" }, RecorderHarness.Headers).ResponseAsync
        );
        await ErrorLimitedAsync(harness, key.Token);

        var state = await harness.UsageAsync(5);
        Assert.Equal(
            new[]
            {
                $"allow  no_usage {key.Key.Id} {answer.OwnerId}",
                $"allow  no_usage {service.Key.Id} ",
                "deny ambiguous denied  ",
                "deny invalid_key denied  ",
                $"deny rate_limited denied {key.Key.Id} {answer.OwnerId}",
            }.Order(StringComparer.Ordinal),
            state.Rows.Select(row => $"{row.Decision} {row.Reason} {row.Outcome} {row.KeyId} {row.UserId}").Order(StringComparer.Ordinal)
        );
        Assert.All(state.Rows, row =>
            Assert.Equal(("/authsidecar.v1.Authorizer/IsAuthorized", null, null), (row.Path, row.Provider, row.CostMicros))
        );
        Assert.All(state.Rows, row => Assert.Matches("^[0-9a-f]{32}$", row.DecisionId));
    }

    private static async Task ErrorLimitedAsync(RecorderHarness harness, string token) =>
        Assert.Equal(
            Grpc.Core.StatusCode.ResourceExhausted,
            (
                await Assert.ThrowsAsync<Grpc.Core.RpcException>(async () =>
                    await harness.Authorizer.IsAuthorizedAsync(new() { Key = token }, RecorderHarness.Headers)
                )
            ).StatusCode
        );
}
