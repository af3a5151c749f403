using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using AuthSidecar.Administration.Keys;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.Benchmarks;

/// <summary>
/// Requests to a provider with a body, through two Envoys with the shipped configuration: one shows the bodies to Check, the other does
/// not, so its key may use every model. Then many uploads at once.
/// </summary>
internal sealed class BodiesBenchmark(Size size)
{
    private const string Model = "small-model";
    private const int Kibibyte = 1024;

    private readonly string _envoy = BenchmarkHarness.EnvoyFile(size);
    private readonly int _uploads = size.Pick(500, 4);
    private static readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 1000 })
    {
        Timeout = TimeSpan.FromMinutes(2),
    };
    private long _read;

    public async Task<Table> RunAsync()
    {
        using var sandbox = new SidecarSandbox();
        var (bound, free) = await PrepareAsync(sandbox);
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        await using var upstream = await UpstreamAsync();
        var port = upstream.Services.Addresses()[0].Port;
        await using var showing = await EnvoyServer.StartAsync(EnvoyRelease.Newest, Config(_envoy, sidecar, port));
        await using var silent = await EnvoyServer.StartAsync(EnvoyRelease.Newest, Config(WithoutBodies(), sidecar, port));
        await showing.WaitUntilHealthyAsync("authsidecar_check");
        await silent.WaitUntilHealthyAsync("authsidecar_check");

        var table = new Table("ms from request to answer", "without, p50", "p99", "with, p50", "p99", "added, p50", "requests");
        foreach (var (name, length, requests) in new[] { ("1 KiB", 1, 400), ("100 KiB", 100, 400), ("5 MiB", 5 * Kibibyte, 60) })
        {
            var (without, with) = (new List<double>(), new List<double>());
            for (var i = 0; i < size.Pick(requests, 2); i++)
            {
                without.Add(await SendAsync(silent, free, length * Kibibyte));
                with.Add(await SendAsync(showing, bound, length * Kibibyte));
            }

            table.Add(
                name,
                Text(without.Percentile(50)),
                Text(without.Percentile(99)),
                Text(with.Percentile(50)),
                Text(with.Percentile(99)),
                Text(with.Percentile(50) - without.Percentile(50)),
                with.Count
            );
        }

        table.Results.Add(await UploadAsync(showing, sidecar, bound));
        return table;
    }

    // A key of one model, and one of every model.
    private static async Task<(string Bound, string Free)> PrepareAsync(SidecarSandbox sandbox)
    {
        sandbox.Settings["Providers"] = new JsonObject
        {
            ["openai"] = new JsonObject
            {
                ["Dialect"] = "openai",
                ["Credential"] = $"file:{sandbox.WriteSecret("provider", "of-the-provider")}",
            },
        };
        sandbox.Settings["Policies"] = new JsonObject
        {
            ["openai"] = new JsonObject
            {
                ["Provider"] = "openai",
                ["Scopes"] = new JsonArray("llm:invoke"),
                ["Limit"] = new JsonObject { ["Permits"] = 0 },
            },
        };
        sandbox.Save();
        await using var seeder = await KeySeeder.OpenAsync(sandbox);
        await seeder.AddUserAsync(BenchmarkHarness.User);
        var free = new NewKey(BenchmarkHarness.User) { Scopes = ["llm:invoke"] };
        return (await CreateAsync(seeder, free with { Models = [Model] }), await CreateAsync(seeder, free));
    }

    private static async Task<string> CreateAsync(KeySeeder seeder, NewKey wanted) =>
        (await new CreateKey(seeder.Store, seeder.Hasher, TimeProvider.System).RunAsync(wanted, CancellationToken.None)).Value.Token;

    private string WithoutBodies()
    {
        var lines = _envoy.Split('\n').Where(line => !line.TrimStart().StartsWith("with_request_body:", StringComparison.Ordinal)).ToList();
        return lines.Count < _envoy.Split('\n').Length
            ? string.Join('\n', lines)
            : throw new InvalidOperationException("The shipped configuration shows no bodies.");
    }

    private static string Config(string envoy, SidecarProcess sidecar, int upstream) =>
        EnvoyConfig.OnPorts(envoy, (9901, 0), (8080, 0), (9001, sidecar.Check.Port), (9100, upstream));

    private static async Task<double> SendAsync(EnvoyServer envoy, string token, int length)
    {
        var started = Stopwatch.GetTimestamp();
        using var answer = await PostAsync(envoy, token, length);
        var time = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return answer.IsSuccessStatusCode ? time : throw new InvalidOperationException($"{answer.StatusCode} for {length} bytes.");
    }

    private static Task<HttpResponseMessage> PostAsync(EnvoyServer envoy, string token, int length)
    {
        var text = $$"""{"messages":[{"role":"user","content":"{{new string('a', length)}}"}],"model":"{{Model}}"}""";
        var content = new ByteArrayContent(System.Text.Encoding.ASCII.GetBytes(text));
        content.Headers.ContentType = new("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{envoy.Port("edge_http")}/openai/v1/chat/completions")
        {
            Content = content,
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return _client.SendAsync(request);
    }

    private async Task<string> UploadAsync(EnvoyServer envoy, SidecarProcess sidecar, string token)
    {
        var (ofEnvoy, ofSidecar) = (Machine.ResidentMebibytes(envoy.Id), Machine.ResidentMebibytes(sidecar.Id));
        var (mostOfEnvoy, mostOfSidecar) = (ofEnvoy, ofSidecar);
        var answers = Task.WhenAll(Enumerable.Range(0, _uploads).Select(_ => Task.Run(() => PostAsync(envoy, token, Kibibyte * Kibibyte))));
        while (!answers.IsCompleted)
        {
            mostOfEnvoy = Math.Max(mostOfEnvoy, Machine.ResidentMebibytes(envoy.Id));
            mostOfSidecar = Math.Max(mostOfSidecar, Machine.ResidentMebibytes(sidecar.Id));
            await Task.Delay(20);
        }

        var statuses = (await answers).GroupBy(answer => (int)answer.StatusCode).OrderBy(group => group.Key);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{_uploads} uploads of 1 MiB at once: {string.Join(", ", statuses.Select(group => $"{group.Count()} of {group.Key}"))}; resident MiB "
                + $"before and at most: Envoy {ofEnvoy:F0} and {mostOfEnvoy:F0}, sidecar {ofSidecar:F0} and {mostOfSidecar:F0}."
        );
    }

    private static string Text(double milliseconds) => milliseconds.ToString("F2", CultureInfo.InvariantCulture);

    // Reads the whole body before it answers, as a provider does.
    private async Task<WebApplication> UpstreamAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.ListenLocalhostAnyPort(HttpProtocols.Http1);
        });
        var app = builder.Build();
        app.Run(async context =>
        {
            var buffer = new byte[64 * Kibibyte];
            int read;
            while ((read = await context.Request.Body.ReadAsync(buffer)) > 0)
            {
                Interlocked.Add(ref _read, read);
            }

            await context.Response.WriteAsync(LatencyBenchmark.UpstreamAnswer);
        });
        await app.StartAsync();
        return app;
    }
}
