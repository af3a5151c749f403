using System.Text.Json.Nodes;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Envoy.Service.Auth.V3;
using Grpc.Net.Client;

namespace AuthSidecar.Benchmarks;

/// <summary>A sandbox with one user; sends Check requests to servers and verifies the answers.</summary>
internal static class BenchmarkHarness
{
    public const string User = "ada";
    public const string Scope = "apps:run";
    private const string Tenant = "acme";
    private const string App = "bot";

    public static async Task<string> MakeKeyAsync(SidecarSandbox sandbox)
    {
        await using var seeder = await KeySeeder.OpenAsync(sandbox);
        await seeder.AddUserAsync(User);
        return (await seeder.AddKeyAsync(User, Scope)).Token;
    }

    /// <summary>A key with limits that are counted but never reached, owned by a member of the tenant of the route's app.</summary>
    public static async Task<string> MakeMemberAsync(SidecarSandbox sandbox)
    {
        var policy = sandbox.Settings["Policies"]![CheckMessages.Policy]!;
        policy["App"] = App;
        policy["Limit"] = new JsonObject { ["Permits"] = 1_000_000, ["Window"] = "00:00:01" };
        sandbox.Save();
        var token = await MakeKeyAsync(sandbox);
        await using var seeder = await KeySeeder.OpenAsync(sandbox);
        _ = (await new CreateTenant(seeder.Store, TimeProvider.System).RunAsync(Tenant, CancellationToken.None)).Value;
        _ = (await new CreateApp(seeder.Store, TimeProvider.System).RunAsync(new(App, Tenant), CancellationToken.None)).Value;
        _ = (
            await new AddMember(seeder.Store, TimeProvider.System).RunAsync(Tenant, User, AddMember.DefaultRole, CancellationToken.None)
        ).Value;
        return token;
    }

    /// <summary>
    /// The shipped configuration with its sidecar at port 9001. A smoke run measures no time, so its timeout is long enough for a busy
    /// machine.
    /// </summary>
    public static string EnvoyFile(Size size) =>
        Repository
            .Text("envoy", "envoy.yaml")
            .Replace(
                "pipe: { path: /run/authsidecar/check.sock }",
                "socket_address: { address: 127.0.0.1, port_value: 9001 }",
                StringComparison.Ordinal
            )
            .Replace("timeout: 0.25s", size.Pick("timeout: 0.25s", "timeout: 10s"), StringComparison.Ordinal)
            // All load comes from one address.
            .Replace("max_tokens: 2000, tokens_per_fill: 2000", "max_tokens: 20000, tokens_per_fill: 20000", StringComparison.Ordinal)
            .Replace("max_tokens: 200, tokens_per_fill: 200", "max_tokens: 20000, tokens_per_fill: 20000", StringComparison.Ordinal)
            .Replace("- timeout: 1s", size.Pick("- timeout: 1s", "- timeout: 10s"), StringComparison.Ordinal);

    public static async Task<CheckResponse> CheckAsync(Uri server, CheckRequest request)
    {
        using var channel = GrpcChannel.ForAddress(server);
        return await new global::Envoy.Service.Auth.V3.Authorization.AuthorizationClient(channel).CheckAsync(
            request,
            deadline: DateTime.UtcNow.AddSeconds(30)
        );
    }

    /// <summary>Fails unless the answer is a complete Allow for the benchmark's user.</summary>
    public static CheckResponse MustAllow(CheckResponse answer)
    {
        var allowed =
            answer.Status is { Code: 0 }
            && answer.HttpResponseCase == CheckResponse.HttpResponseOneofCase.OkResponse
            && answer.DynamicMetadata.Fields["decision"].StringValue == "allow"
            && answer.OkResponse.Headers.Any(header => header.Header is { Key: "x-authsidecar-caller-username", Value: User });
        return allowed ? answer : throw new InvalidOperationException($"Unexpected answer: {answer}");
    }
}
