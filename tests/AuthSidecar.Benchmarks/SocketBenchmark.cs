using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.Benchmarks;

/// <summary>
/// WebSockets from handshake to first echo through two Envoys with the shipped configuration, one of them without the filter; the same
/// application, rounds interleaved.
/// </summary>
internal sealed class SocketBenchmark(Size size)
{
    private const int Clients = 8;
    private readonly string _envoy = BenchmarkHarness.EnvoyFile(size);
    private readonly int _rounds = size.Pick(6, 1);
    private const string Checks = "check_settings: { context_extensions: { policy: ws }, disable_request_body_buffering: true }";
    private readonly TimeSpan _round = size.Pick(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(0.5));

    public async Task<Table> RunAsync()
    {
        using var sandbox = new SidecarSandbox();
        sandbox.Settings["Policies"]!["ws"] = sandbox.Settings["Policies"]!["app"]!.DeepClone();
        sandbox.Settings["Limits"] = new JsonObject { ["WebSocketsPerUser"] = 0, ["WebSocketsPerReplica"] = 0 };
        sandbox.Save();
        var token = await BenchmarkHarness.MakeKeyAsync(sandbox);
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        var callers = new ConcurrentDictionary<string, int>();
        await using var application = await ApplicationAsync(callers);
        var asking = EnvoyConfig.OnPorts(
            _envoy,
            (9901, 0),
            (8080, 0),
            (9001, sidecar.Check.Port),
            (9100, application.Services.Addresses()[0].Port)
        );
        var silent = asking.Replace(Checks, "disabled: true", StringComparison.Ordinal);
        if (silent == asking)
        {
            throw new InvalidOperationException("The route for WebSockets is not where it was.");
        }

        await using var without = await EnvoyServer.StartAsync(EnvoyRelease.Newest, silent);
        await using var with = await EnvoyServer.StartAsync(EnvoyRelease.Newest, asking);
        await with.WaitUntilHealthyAsync("authsidecar_check");
        var pairs = new List<(double Without, double With)>();
        var (unauthorized, authorized) = (0, 0);
        for (var round = 0; round <= _rounds; round++)
        {
            Console.Error.WriteLine($"sockets: round {round} of {_rounds}");
            var (first, second) = (await RunAsync(without.Port("edge_http"), token), await RunAsync(with.Port("edge_http"), token));
            (unauthorized, authorized) = (unauthorized + first, authorized + second);
            pairs.Add((first / _round.TotalSeconds, second / _round.TotalSeconds));
        }

        if (
            callers.GetValueOrDefault("") != unauthorized
            || callers.GetValueOrDefault(BenchmarkHarness.User) != authorized
            || callers.Count != 2
        )
        {
            throw new InvalidOperationException(
                $"{unauthorized} and {authorized} sockets, but the application was called by {string.Join(", ", callers)}."
            );
        }

        return Write(pairs[1..]);
    }

    private static Table Write(List<(double Without, double With)> pairs)
    {
        var ratios = pairs.Select(pair => pair.With / pair.Without).ToList();
        var table = new Table("sockets a second", "median", "lowest", "highest");
        Add(table, "Envoy that does not ask", pairs.Select(pair => pair.Without), "N0");
        Add(table, "Envoy that asks the sidecar", pairs.Select(pair => pair.With), "N0");
        Add(table, "ratio of pairs", ratios, "F2");
        table.Results.Add(
            $"{Clients} clients, each opening one socket after the other: handshake, a message, its echo. Caps off, decision log on, "
                + "into a file. Servers and clients share the machine."
        );
        return table;
    }

    private static void Add(Table table, string what, IEnumerable<double> values, string format)
    {
        var all = values.ToList();
        table.Add(what, all.Median().ToString(format, null), all.Min().ToString(format, null), all.Max().ToString(format, null));
    }

    private async Task<int> RunAsync(int port, string token)
    {
        var client = new SocketLoad(port, token);
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(
            Enumerable
                .Range(0, Clients)
                .Select(_ =>
                    Task.Run(() =>
                    {
                        var count = 0;
                        while (clock.Elapsed < _round)
                        {
                            client.OpenAndEcho();
                            count++;
                        }

                        return count;
                    })
                )
        );
        return counts.Sum();
    }

    private static async Task<WebApplication> ApplicationAsync(ConcurrentDictionary<string, int> callers)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhostAnyPort(HttpProtocols.Http1));
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(context => EchoAsync(context, callers));
        await app.StartAsync();
        return app;
    }

    private static async Task EchoAsync(HttpContext context, ConcurrentDictionary<string, int> callers)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[256];
        var frame = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
        callers.AddOrUpdate(context.Request.Headers["x-authsidecar-caller-username"].ToString(), 1, (_, count) => count + 1);
        await socket.SendAsync(buffer.AsMemory(0, frame.Count), WebSocketMessageType.Text, frame.EndOfMessage, CancellationToken.None);
        try
        {
            await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // Clients disconnect without a close frame.
        }
    }
}
