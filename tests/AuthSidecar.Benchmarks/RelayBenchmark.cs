using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using AuthSidecar.TestSupport.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.Benchmarks;

/// <summary>
/// Messages through the relay against a direct connection to the same application, rounds interleaved; then the memory of 2,000 open
/// WebSockets in the sidecar.
/// </summary>
internal sealed class RelayBenchmark(Size size)
{
    private readonly int _rounds = size.Pick(7, 1);
    private readonly int _sockets = size.Pick(2_000, 20);
    private readonly int _warmed = size.Pick(200, 5);
    private readonly int _revocations = size.Pick(5, 1);
    private const int RevokedCode = 4004;
    private const string Success = """{"type":"auth_response","success":true}""";
    private readonly TimeSpan _round = size.Pick(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(0.05));
    private readonly TimeSpan _rest = size.Pick(TimeSpan.FromSeconds(15), TimeSpan.Zero);

    public async Task<Table> RunAsync()
    {
        await using var application = await ApplicationAsync();
        var port = application.Services.Addresses()[0].Port;
        using var sandbox = new SidecarSandbox();
        sandbox.Settings["Listen"]!["Relay"] = "http://127.0.0.1:0";
        sandbox.Settings["Limits"] = new JsonObject { ["WebSocketsPerUser"] = 0, ["WebSocketsPerReplica"] = 0 };
        sandbox.Settings["Policies"]![CheckMessages.Policy]!["Relay"] = $"ws://127.0.0.1:{port}";
        sandbox.Settings["Rules"] = JsonNode.Parse($$"""[ { "Path": "/{**rest}", "Policy": "{{CheckMessages.Policy}}" } ]""");
        sandbox.Save();
        var token = await BenchmarkHarness.MakeKeyAsync(sandbox);
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        var relay = sidecar.ListenerAddress("relay").Port;

        var table = new Table("one socket, echoed", "direct", "relayed", "ratio (median of pairs)", "lowest", "highest");
        foreach (var (bytes, ahead) in new[] { (100, 1), (1_024, 64), (64 * 1_024, 4) })
        {
            var pairs = new List<(double Direct, double Relayed)>();
            using var direct = await ConnectAsync(port);
            using var relayed = await EnterAsync(relay, token);
            for (var round = 0; round <= _rounds; round++)
            {
                pairs.Add((await EchoAsync(direct, bytes, ahead), await EchoAsync(relayed, bytes, ahead)));
            }

            Add(table, $"{bytes:N0} bytes, {ahead} under way, messages/s", pairs[1..]);
        }

        table.Results.Add(await WeighAsync(relay, token, sidecar.Id));
        table.Results.Add(await RevokeAsync(relay, sandbox));
        return table;
    }

    private static void Add(Table table, string name, List<(double Direct, double Relayed)> pairs)
    {
        var ratios = pairs.Select(pair => pair.Relayed / pair.Direct).ToList();
        table.Add(
            name,
            $"{pairs.Select(pair => pair.Direct).ToList().Percentile(50):N0}",
            $"{pairs.Select(pair => pair.Relayed).ToList().Percentile(50):N0}",
            $"{ratios.Percentile(50):F2}",
            $"{ratios.Min():F2}",
            $"{ratios.Max():F2}"
        );
    }

    private async Task<string> WeighAsync(int relay, string token, int process)
    {
        // The first WebSockets are a warm-up and do not count.
        await CloseAsync(await OpenAsync(relay, token, _warmed));
        var weights = new List<double> { Machine.ResidentMebibytes(process) };
        var sockets = new List<ClientWebSocket>();
        for (var batch = 0; batch < 2; batch++)
        {
            sockets.AddRange(await OpenAsync(relay, token, _sockets));
            await Task.Delay(_rest);
            weights.Add(Machine.ResidentMebibytes(process));
        }

        foreach (var socket in sockets)
        {
            await EchoOnceAsync(socket, "still here");
        }

        await CloseAsync(sockets);
        var perSocket = weights.Zip(weights[1..], (before, after) => (after - before) * 1024 / _sockets).ToList();
        return $"{_sockets:N0} idle sockets, each after one message, then as many again: "
            + $"{string.Join(", ", weights.Select(weight => $"{weight:F0}"))} MiB resident, {perSocket[0]:F1} and {perSocket[1]:F1} "
            + "KiB a socket. Aim: 30.";
    }

    private async Task<string> RevokeAsync(int relay, SidecarSandbox sandbox)
    {
        await using var seeder = await KeySeeder.OpenAsync(sandbox);
        var times = new List<double>();
        for (var round = 0; round < _revocations; round++)
        {
            var key = await seeder.AddKeyAsync(BenchmarkHarness.User, BenchmarkHarness.Scope);
            var sockets = await OpenAsync(relay, key.Token, _sockets);
            var ends = sockets.Select(socket => socket.ReceiveAsync(new byte[16].AsMemory(), CancellationToken.None).AsTask()).ToList();
            await seeder.RevokeAsync(key);
            var clock = Stopwatch.StartNew();
            await Task.WhenAll(ends);
            times.Add(clock.Elapsed.TotalMilliseconds);
            if (sockets.Any(socket => (int?)socket.CloseStatus != RevokedCode))
            {
                throw new InvalidOperationException("A socket ended otherwise.");
            }

            await CloseAsync(sockets);
        }

        return $"{_sockets:N0} sockets of one revoked key, from the commit in another process until the last client has read its "
            + $"4004: {string.Join(", ", times.Select(time => $"{time:F0}"))} ms. Aim: 1,000.";
    }

    private static async Task<List<ClientWebSocket>> OpenAsync(int relay, string token, int count)
    {
        var sockets = new List<ClientWebSocket>();
        for (var number = 0; number < count; number++)
        {
            sockets.Add(await EnterAsync(relay, token));
            await EchoOnceAsync(sockets[^1], "hello");
        }

        return sockets;
    }

    private static async Task CloseAsync(List<ClientWebSocket> sockets)
    {
        foreach (var socket in sockets)
        {
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            socket.Dispose();
        }
    }

    private static async Task<ClientWebSocket> ConnectAsync(int port)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new($"ws://127.0.0.1:{port}/"), CancellationToken.None);
        return socket;
    }

    private static async Task<ClientWebSocket> EnterAsync(int relay, string token)
    {
        var socket = await ConnectAsync(relay);
        await socket.SendAsync(
            Encoding.UTF8.GetBytes($$"""{"type":"auth","token":"{{token}}"}"""),
            WebSocketMessageType.Text,
            true,
            CancellationToken.None
        );
        var answer = await ReceiveAsync(socket, new byte[Success.Length]);
        return answer == Success.Length
            ? socket
            : throw new InvalidOperationException($"The relay refused: {socket.CloseStatus} {socket.CloseStatusDescription}");
    }

    private static async Task EchoOnceAsync(ClientWebSocket socket, string text)
    {
        var buffer = new byte[text.Length];
        await socket.SendAsync(Encoding.ASCII.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);
        if (await ReceiveAsync(socket, buffer) != buffer.Length || Encoding.ASCII.GetString(buffer) != text)
        {
            throw new InvalidOperationException("That was no echo.");
        }
    }

    /// <returns>Complete echoes per second.</returns>
    private async Task<double> EchoAsync(ClientWebSocket socket, int bytes, int ahead)
    {
        var message = new byte[bytes];
        var buffer = new byte[bytes];
        var clock = Stopwatch.StartNew();
        var received = 0;
        for (var sent = 0; sent < ahead; sent++)
        {
            await socket.SendAsync(message, WebSocketMessageType.Binary, true, CancellationToken.None);
        }

        for (var underWay = ahead; underWay > 0; underWay--)
        {
            if (await ReceiveAsync(socket, buffer) != bytes)
            {
                throw new InvalidOperationException("A message came back in another length.");
            }

            received++;
            if (clock.Elapsed < _round)
            {
                await socket.SendAsync(message, WebSocketMessageType.Binary, true, CancellationToken.None);
                underWay++;
            }
        }

        return received / clock.Elapsed.TotalSeconds;
    }

    private static async Task<int> ReceiveAsync(ClientWebSocket socket, byte[] buffer)
    {
        var count = 0;
        while (await socket.ReceiveAsync(buffer.AsMemory(count), CancellationToken.None) is var frame)
        {
            count += frame.Count;
            if (frame.EndOfMessage || frame.MessageType == WebSocketMessageType.Close)
            {
                break;
            }
        }

        return count;
    }

    private static async Task<WebApplication> ApplicationAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhostAnyPort(HttpProtocols.Http1));
        var application = builder.Build();
        application.UseWebSockets();
        application.Run(async http =>
        {
            using var socket = await http.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[64 * 1024];
            while (
                await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None)
                    is { MessageType: not WebSocketMessageType.Close } frame
            )
            {
                await socket.SendAsync(buffer.AsMemory(0, frame.Count), frame.MessageType, frame.EndOfMessage, CancellationToken.None);
            }

            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        });
        await application.StartAsync();
        return application;
    }
}
