using System.Globalization;
using System.Net.Sockets;
using AuthSidecar.Hosting;
using AuthSidecar.Upstream;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Grpc.Net.Client;

namespace AuthSidecar.Demo;

/// <summary>Where there is no Envoy: the question that it would ask, over gRPC, and what it would do with the answer.</summary>
internal sealed class CheckDoor : IDoor
{
    private readonly GrpcChannel _channel;
    private readonly Envoy.Service.Auth.V3.Authorization.AuthorizationClient _client;

    private readonly Uri _relay;
    private readonly Arrivals _arrivals;

    public CheckDoor(DemoSidecar sidecar, Arrivals arrivals)
    {
        (_relay, _arrivals) = (new(sidecar.Addresses[Listener.Relay]), arrivals);
        _channel = Channel(sidecar.Addresses[Listener.Check]);
        _client = new(_channel);
    }

    public bool HasEnvoy => false;

    public async Task<Exchange> SendAsync(DemoCase request, CancellationToken cancellationToken)
    {
        if (request.FirstMessage is not null)
        {
            return await _arrivals.WithAsync(mark => WebSocketClient.ConnectAsync(_relay, request, mark, cancellationToken));
        }

        var headers = HeadersOf(request);
        var answer = await _client.CheckAsync(Question(request, headers), cancellationToken: cancellationToken);
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

        return GrpcChannel.ForAddress("http://localhost", new()
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
        });
    }

    private static Exchange Denied(DeniedHttpResponse denied) =>
        new(new((int)denied.Status.Code, denied.Headers.ToDictionary(option => option.Header.Key, option => option.Header.Value), denied.Body), null);

    private static Exchange Allowed(OkHttpResponse allowed, string path, Dictionary<string, string> headers)
    {
        var upstream = new SortedDictionary<string, string>(headers, StringComparer.Ordinal);
        foreach (var option in allowed.Headers)
        {
            upstream[option.Header.Key] = option.Header.Value;
        }

        var client = new ClientAnswer(200, allowed.ResponseHeadersToAdd.ToDictionary(option => option.Header.Key, option => option.Header.Value), "");
        if (upstream.TryGetValue(IdentityHeaders.WebSocketClose, out var signal) && signal.Split('.') is [var code, var reason, _])
        {
            // On to the closer, which would open it only to say this.
            return new(client with { Status = 101 }, null) { Close = (int.Parse(code, CultureInfo.InvariantCulture), reason) };
        }

        foreach (var name in allowed.HeadersToRemove)
        {
            upstream.Remove(name);
        }

        upstream.Remove(":path", out var target);
        return new(client, upstream) { UpstreamTarget = target ?? path };
    }

    private static Dictionary<string, string> HeadersOf(DemoCase request)
    {
        var headers = request.Headers.ToDictionary(header => header.Name.ToLowerInvariant(), header => header.Value);
        if (request.Kind == DemoCaseKind.WebSocket)
        {
            (headers["connection"], headers["upgrade"], headers["sec-websocket-version"]) = ("Upgrade", "websocket", "13");
        }

        return headers;
    }

    private static CheckRequest Question(DemoCase request, IReadOnlyDictionary<string, string> headers)
    {
        var http = new AttributeContext.Types.HttpRequest { Method = request.Method, Path = request.Path, Host = "demo", Scheme = "http", Protocol = "HTTP/1.1", HeaderMap = new() };
        (string, string)[] pseudo = [(":method", http.Method), (":path", http.Path), (":authority", http.Host), (":scheme", http.Scheme)];
        http.HeaderMap.Headers.AddRange(pseudo.Concat(headers.Select(header => (header.Key, header.Value)))
            .Select(header => new HeaderValue { Key = header.Item1, RawValue = ByteString.CopyFromUtf8(header.Item2) }));
        var question = new CheckRequest { Attributes = new() { Request = new() { Http = http }, ContextExtensions = { ["policy"] = request.Policy } } };
        if (request.HasCloser)
        {
            question.Attributes.ContextExtensions["ws_closer"] = "true";
        }

        return question;
    }
}
