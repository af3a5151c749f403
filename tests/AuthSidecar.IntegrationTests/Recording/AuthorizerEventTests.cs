using System.Text.Json.Nodes;
using AuthSidecar.Keys;
using AuthSidecar.Pipeline;
using AuthSidecar.TestSupport.Servers;
using static AuthSidecar.IntegrationTests.Recording.Records;

namespace AuthSidecar.IntegrationTests.Recording;

/// <summary>Each call of <c>IsAuthorized</c> is a row, allowed or refused; a second-phase call is none.</summary>
public sealed class AuthorizerEventTests : IDisposable
{
    private readonly SidecarHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task EachCall_IsARow_AndASecondPhaseNone()
    {
        _home.Settings["Limits"] = new JsonObject { ["DefaultPermits"] = 1 };
        _home.Save();
        await using var desk = await KeyDesk.OpenAsync(_home);
        await desk.AddUserAsync("ada");
        var key = await desk.AddKeyAsync("ada", "full");
        var service = (await new CreateKey(desk.Store, desk.Hasher, TimeProvider.System).RunAsync(new("ada") { Subject = SubjectType.Service }, CancellationToken.None)).Value;
        await using var lab = await RecorderLab.StartAsync(_home);

        var answer = await lab.Authorizer.IsAuthorizedAsync(new() { Key = key.Token }, RecorderLab.Headers);
        await lab.Authorizer.IsAuthorizedAsync(new() { KeyId = key.Key.Id, ProviderName = "openai", Model = "gpt-5" }, RecorderLab.Headers);
        await ErrorAsync(() => lab.Authorizer.IsAuthorizedAsync(new() { Key = key.Token, Model = "gpt-5" }, RecorderLab.Headers).ResponseAsync);
        await ErrorAsync(() => lab.Authorizer.IsAuthorizedAsync(new() { Key = "foo", ProviderName = "openai", Model = "gpt-5" }, RecorderLab.Headers).ResponseAsync);
        await lab.Authorizer.IsAuthorizedAsync(new() { KeyId = service.Key.Id }, RecorderLab.Headers);
        await ErrorAsync(() => lab.Authorizer.IsAuthorizedAsync(new() { Key = "foo" }, RecorderLab.Headers).ResponseAsync);
        await ErrorAsync(() => lab.Authorizer.IsAuthorizedAsync(new() { Key = key.Token, KeyId = "x" }, RecorderLab.Headers).ResponseAsync);
        await ErrorLimitedAsync(lab, key.Token);

        var state = await lab.UsageAsync(5);
        Assert.Equal(
            new[]
            {
                $"allow  no_usage {key.Key.Id} {answer.OwnerId}",
                $"allow  no_usage {service.Key.Id} ",
                "deny ambiguous denied  ",
                "deny invalid_key denied  ",
                $"deny rate_limited denied {key.Key.Id} {answer.OwnerId}",
            }.Order(StringComparer.Ordinal),
            state.Rows.Select(row => $"{row.Decision} {row.Reason} {row.Outcome} {row.KeyId} {row.UserId}").Order(StringComparer.Ordinal));
        Assert.All(state.Rows, row => Assert.Equal(("/authsidecar.v1.Authorizer/IsAuthorized", null, null), (row.Path, row.Provider, row.CostMicros)));
        Assert.All(state.Rows, row => Assert.Matches("^[0-9a-f]{32}$", row.DecisionId));
    }

    private static async Task ErrorLimitedAsync(RecorderLab lab, string token) =>
        Assert.Equal(Grpc.Core.StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<Grpc.Core.RpcException>(async () => await lab.Authorizer.IsAuthorizedAsync(new() { Key = token }, RecorderLab.Headers))).StatusCode);
}
