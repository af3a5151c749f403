using AuthSidecar.TestSupport.Servers;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Authz = global::Envoy.Service.Auth.V3.Authorization;

namespace AuthSidecar.IntegrationTests.Lifecycle;

/// <summary>Sends a sidecar Envoy's Check requests without Envoy.</summary>
internal sealed class CheckClient(GrpcChannel channel, Metadata? headers = null) : IDisposable
{
    private readonly Authz.AuthorizationClient _client = new(channel);

    public CheckClient(SidecarProcess sidecar)
        : this(GrpcChannel.ForAddress(sidecar.Check)) { }

    /// <returns><c>allow</c> or the reason of the denial.</returns>
    public async Task<string> CheckAsync(string token, string policy = "app")
    {
        var answer = await AnswerAsync(token, policy);
        var facts = answer.DynamicMetadata.Fields;
        return answer.Status.Code == 0 ? facts["decision"].StringValue : facts["reason"].StringValue;
    }

    public async Task<CheckResponse> AnswerAsync(string token, string policy = "app") =>
        await _client.CheckAsync(Request(token, policy), headers, DateTime.UtcNow.AddSeconds(30));

    public void Dispose() => channel.Dispose();

    private static CheckRequest Request(string token, string policy) =>
        new()
        {
            Attributes = new()
            {
                Request = new()
                {
                    Http = new()
                    {
                        Method = "GET",
                        Path = "/app",
                        Host = "localhost",
                        HeaderMap = new()
                        {
                            Headers =
                            {
                                new global::Envoy.Config.Core.V3.HeaderValue
                                {
                                    Key = "authorization",
                                    RawValue = ByteString.CopyFromUtf8($"Bearer {token}"),
                                },
                            },
                        },
                    },
                },
                ContextExtensions = { ["policy"] = policy },
            },
        };
}
