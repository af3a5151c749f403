using System.Globalization;
using System.Net.Sockets;
using AuthSidecar.Access.Upstream;
using AuthSidecar.Demo.Setup;
using AuthSidecar.Platform.Hosting;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Grpc.Net.Client;

namespace AuthSidecar.Demo.Requests;

/// <summary>Replaces Envoy where there is none: sends its Check call over gRPC and applies the answer as Envoy would.</summary>
internal sealed class CheckApiClient : IDemoClient
{
    private readonly GrpcChannel _channel;
    private readonly global::Envoy.Service.Auth.V3.Authorization.AuthorizationClient _client;

    private readonly Uri _relay;
    private readonly ReceivedRequests _received;

    public CheckApiClient(DemoSidecar sidecar, ReceivedRequests received)
    {
        (_relay, _received) = (new(sidecar.Addresses[Listener.Relay]), received);
        _channel = Channel(sidecar.Addresses[Listener.Check]);
        _client = new(_channel);
    }

    public bool HasEnvoy => false;

    public async Task<Exchange> SendAsync(DemoCase request, CancellationToken cancellationToken)
    {
        if (request.FirstMessage is not null)
        {
            return await _received.CorrelateAsync(id => WebSocketClient.ConnectAsync(_relay, request, id, cancellationToken));
        }

        var headers = HeadersOf(request);
        var answer = await _client.CheckAsync(CheckOf(request, headers), cancellationToken: cancellationToken);
        return answer.Status.Code == 0 ? Allowed(answer.OkResponse, request.Path, headers) : Denied(answer.DeniedResponse);
    }

    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        return ValueTask.CompletedTask;
    }

    private static GrpcChannel Channel(string check)
    {
        if (!ListenAddress.TryParse(check, out var address, out _) || address.SocketPath is not { } path)
        {
            return GrpcChannel.ForAddress(check);
        }

        return GrpcChannel.ForAddress(
            "http://localhost",
            new()
            {
                DisposeHttpClient = true,
                HttpHandler = new SocketsHttpHandler
                {
                    UseProxy = false,
                    ConnectCallback = async (_, cancellationToken) =>
                    {
                        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                        return new NetworkStream(socket, ownsSocket: true);
                    },
                },
            }
        );
    }

    private static Exchange Denied(DeniedHttpResponse denied) =>
        new(new((int)denied.Status.Code, Headers(denied.Headers), denied.Body), null);

    private static Exchange Allowed(OkHttpResponse allowed, string path, Dictionary<string, string> headers)
    {
        var upstream = new SortedDictionary<string, string>(headers, StringComparer.Ordinal);
        foreach (var option in allowed.Headers)
        {
            upstream[option.Header.Key] = option.Header.Value;
        }

        var client = new ClientAnswer(200, Headers(allowed.ResponseHeadersToAdd), "");
        if (upstream.TryGetValue(IdentityHeaders.WebSocketClose, out var signal) && signal.Split('.') is [var code, var reason, _])
        {
            // Envoy would route to the closer, which opens the WebSocket and closes it with this code.
            return new(client with { Status = 101 }, null) { Close = (int.Parse(code, CultureInfo.InvariantCulture), reason) };
        }

        foreach (var name in allowed.HeadersToRemove)
        {
            upstream.Remove(name);
        }

        upstream.Remove(":path", out var target);
        return new(client, upstream) { UpstreamTarget = target ?? path };
    }

    private static Dictionary<string, string> Headers(IEnumerable<HeaderValueOption> options) =>
        options.ToDictionary(option => option.Header.Key, option => option.Header.Value);

    private static Dictionary<string, string> HeadersOf(DemoCase request)
    {
        var headers = request.Headers.ToDictionary(header => header.Name.ToLowerInvariant(), header => header.Value);
        if (request.Kind == DemoCaseKind.WebSocket)
        {
            (headers["connection"], headers["upgrade"], headers["sec-websocket-version"]) = ("Upgrade", "websocket", "13");
        }

        return headers;
    }

    private static CheckRequest CheckOf(DemoCase request, IReadOnlyDictionary<string, string> headers)
    {
        var http = new AttributeContext.Types.HttpRequest
        {
            Method = request.Method,
            Path = request.Path,
            Host = "demo",
            Scheme = "http",
            Protocol = "HTTP/1.1",
            RawBody = ByteString.CopyFromUtf8(request.Body ?? ""),
            HeaderMap = new(),
        };
        (string, string)[] pseudo = [(":method", http.Method), (":path", http.Path), (":authority", http.Host), (":scheme", http.Scheme)];
        http.HeaderMap.Headers.AddRange(
            pseudo
                .Concat(headers.Select(header => (header.Key, header.Value)))
                .Select(header => new HeaderValue { Key = header.Item1, RawValue = ByteString.CopyFromUtf8(header.Item2) })
        );
        var check = new CheckRequest
        {
            Attributes = new()
            {
                Request = new() { Http = http },
                ContextExtensions = { ["policy"] = request.Policy },
            },
        };
        if (request.HasCloser)
        {
            check.Attributes.ContextExtensions["ws_closer"] = "true";
        }

        return check;
    }
}
