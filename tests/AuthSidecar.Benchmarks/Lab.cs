using AuthSidecar.IntegrationTests.Servers;
using Envoy.Service.Auth.V3;
using Grpc.Net.Client;

namespace AuthSidecar.Benchmarks;

/// <summary>A home with one user, and questions put to servers with their answers looked at.</summary>
internal static class Lab
{
    public const string User = "ada";
    public const string Scope = "apps:run";

    public static async Task<string> MakeKeyAsync(SidecarHome home)
    {
        await using var desk = await KeyDesk.OpenAsync(home);
        await desk.AddUserAsync(User);
        return (await desk.AddKeyAsync(User, Scope)).Token;
    }

    public static async Task<CheckResponse> AskAsync(Uri server, CheckRequest question)
    {
        using var channel = GrpcChannel.ForAddress(server);
        return await new Envoy.Service.Auth.V3.Authorization.AuthorizationClient(channel).CheckAsync(question, deadline: DateTime.UtcNow.AddSeconds(30));
    }

    /// <summary>Fails unless this is a whole Allow for the lab's user.</summary>
    public static CheckResponse MustAllow(CheckResponse answer)
    {
        var allowed = answer.Status is { Code: 0 }
            && answer.HttpResponseCase == CheckResponse.HttpResponseOneofCase.OkResponse
            && answer.DynamicMetadata.Fields["decision"].StringValue == "allow"
            && answer.OkResponse.Headers.Any(header => header.Header is { Key: "x-authsidecar-caller-username", Value: User });
        return allowed ? answer : throw new InvalidOperationException($"Not the answer that was to be measured: {answer}");
    }
}
