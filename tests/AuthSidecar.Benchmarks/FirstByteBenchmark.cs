using System.Diagnostics;
using System.Text;
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
/// One Envoy with two listeners, one of them with the observer, before an upstream that sends an event at once and the rest a moment later;
/// requests alternate between the listeners.
/// </summary>
internal sealed class FirstByteBenchmark(Size size)
{
    private readonly int _requests = size.Pick(500, 10);
    private readonly int _warm = size.Pick(100, 2);
    private const string First =
        "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"}}]}\n\n";
    private const string Rest =
        "data: {\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1}}\n\ndata: "
        + "[DONE]\n\n";

    public async Task<Table> RunAsync()
    {
        using var sandbox = new SidecarSandbox();
        sandbox.Settings["Providers"] = new JsonObject
        {
            ["acme"] = new JsonObject { ["Dialect"] = "openai", ["Credential"] = "unused" },
        };
        sandbox.Settings["Policies"] = new JsonObject
        {
            ["app"] = new JsonObject
            {
                ["Provider"] = "acme",
                ["Endpoints"] = "any",
                ["Scopes"] = new JsonArray(BenchmarkHarness.Scope),
                ["Limit"] = new JsonObject { ["Permits"] = 0 },
            },
        };
        sandbox.Settings["Rules"] = new JsonArray(new JsonObject { ["Path"] = "/{**rest}", ["Policy"] = "app" });
        sandbox.Save();
        var token = await BenchmarkHarness.MakeKeyAsync(sandbox);
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        await using var upstream = await UpstreamAsync();
        var config = Repository.Text("tests", "AuthSidecar.IntegrationTests", "Metering", "metering.yaml");
        await using var envoy = await EnvoyServer.StartAsync(
            EnvoyRelease.Newest,
            EnvoyConfig.OnPorts(config, (9001, sidecar.Check.Port), (9100, upstream.Services.Addresses()[0].Port))
        );
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);

        var (without, with) = (new List<double>(), new List<double>());
        for (var number = 0; number < _warm + _requests; number++)
        {
            without.Add(await FirstByteAsync(client, envoy.Port("plain")));
            with.Add(await FirstByteAsync(client, envoy.Port("observed")));
        }

        await MustHaveSeenAsync(client, sidecar.Console, _warm + _requests);
        without.RemoveRange(0, _warm);
        with.RemoveRange(0, _warm);
        var table = new Table("ms from request to first byte", "p50", "p90", "p99");
        Add(table, "without the observer", without);
        Add(table, "with the observer", with);
        Add(table, "added (pairs)", [.. with.Zip(without, (one, other) => one - other)]);
        return table;
    }

    private static void Add(Table table, string what, List<double> times) =>
        table.Add(what, $"{times.Percentile(50):F2}", $"{times.Percentile(90):F2}", $"{times.Percentile(99):F2}");

    private static async Task<double> FirstByteAsync(HttpClient client, int port)
    {
        var clock = Stopwatch.StartNew();
        using var response = await client.GetAsync(
            $"http://127.0.0.1:{port}/v1/chat/completions",
            HttpCompletionOption.ResponseHeadersRead
        );
        await using var body = await response.Content.ReadAsStreamAsync();
        var first = new byte[First.Length];
        await body.ReadExactlyAsync(first);
        var elapsed = clock.Elapsed.TotalMilliseconds;
        using var rest = new StreamReader(body);
        return Encoding.UTF8.GetString(first) == First && await rest.ReadToEndAsync() == Rest
            ? elapsed
            : throw new InvalidOperationException("Not the upstream's answer.");
    }

    // The last report may still be on its way.
    private static async Task MustHaveSeenAsync(HttpClient client, Uri console, int responses)
    {
        var wanted = $"authsidecar_observed_responses_total{{result=\"usage\"}} {responses}\n";
        for (
            var clock = Stopwatch.StartNew();
            !(await client.GetStringAsync(new Uri(console, "/metrics"))).Contains(wanted, StringComparison.Ordinal);

        )
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(10))
            {
                throw new InvalidOperationException("The observer has not seen every response.");
            }

            await Task.Delay(20);
        }
    }

    private static async Task<WebApplication> UpstreamAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhostAnyPort(HttpProtocols.Http1));
        var app = builder.Build();
        app.Run(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(First);
            await context.Response.Body.FlushAsync();
            await Task.Delay(5);
            await context.Response.WriteAsync(Rest);
        });
        await app.StartAsync();
        return app;
    }
}
