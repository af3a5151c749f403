using AuthSidecar.TestSupport.Servers;
using AuthSidecar.V1;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Authz = global::Envoy.Service.Auth.V3.Authorization;

namespace AuthSidecar.IntegrationTests.RateLimiting;

/// <summary>Presents one key to one replica over every interface. Answers are <c>allow</c> or the reason of the denial.</summary>
internal sealed class LimitClient(SidecarProcess sidecar) : IDisposable
{
    public const string GatewayKey = "gateway-key-for-tests";
    public const string Address = "192.0.2.7";

    private readonly GrpcChannel _check = GrpcChannel.ForAddress(sidecar.Check);
    private readonly GrpcChannel _companion = GrpcChannel.ForAddress(sidecar.Companion);

    public Task<string> DirectAsync(string token, string policy) => CheckAsync(policy, ("authorization", $"Bearer {token}"));

    public Task<string> DelegatedAsync(string keyId, string policy) =>
        CheckAsync(
            policy,
            ("x-authsidecar-gateway-key", GatewayKey),
            ("x-authsidecar-delegated-key-id", keyId),
            ("x-authsidecar-source", "agents")
        );

    /// <param name="keyId">The key.</param>
    /// <param name="model">Set: the second phase.</param>
    public async Task<string> CompanionAsync(string keyId, string? model = null)
    {
        var request = new IsAuthorizedRequest { KeyId = keyId };
        if (model is not null)
        {
            (request.ProviderName, request.Model) = ("openai", model);
        }

        try
        {
            await new Authorizer.AuthorizerClient(_companion).IsAuthorizedAsync(
                request,
                new Grpc.Core.Metadata { { "authorization", $"Bearer {SidecarSandbox.ServiceCredential}" } }
            );
            return "allow";
        }
        catch (RpcException fault)
        {
            return $"{fault.StatusCode} {ReasonOf(fault)}";
        }
    }

    public void Dispose()
    {
        _check.Dispose();
        _companion.Dispose();
    }

    private static string ReasonOf(RpcException fault)
    {
        var status = fault.GetRpcStatus();
        var reason = status?.GetDetail<Google.Rpc.ErrorInfo>()?.Reason;
        var retry = status?.GetDetail<Google.Rpc.RetryInfo>()?.RetryDelay;
        return retry is null ? $"{reason}" : $"{reason} retry={retry.ToTimeSpan() > TimeSpan.Zero}";
    }

    private async Task<string> CheckAsync(string policy, params (string Name, string Value)[] headers)
    {
        var http = new AttributeContext.Types.HttpRequest
        {
            Method = "GET",
            Path = "/app",
            Host = "localhost",
            HeaderMap = new(),
        };
        http.HeaderMap.Headers.AddRange(
            headers.Select(header => new HeaderValue { Key = header.Name, RawValue = ByteString.CopyFromUtf8(header.Value) })
        );
        var request = new CheckRequest
        {
            Attributes = new()
            {
                Source = new()
                {
                    Address = new()
                    {
                        SocketAddress = new() { Address = Address, PortValue = 50000 },
                    },
                },
                Request = new() { Http = http },
                ContextExtensions = { ["policy"] = policy },
            },
        };
        var answer = await new Authz.AuthorizationClient(_check).CheckAsync(request, deadline: DateTime.UtcNow.AddSeconds(30));
        var facts = answer.DynamicMetadata.Fields;
        return answer.Status.Code == 0 ? facts["decision"].StringValue : facts["reason"].StringValue;
    }
}
