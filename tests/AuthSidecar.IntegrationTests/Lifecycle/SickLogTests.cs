using System.Diagnostics;
using System.Text.Json;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Grpc.Net.Client;
using Authz = global::Envoy.Service.Auth.V3.Authorization;

namespace AuthSidecar.IntegrationTests.Lifecycle;

/// <summary>
/// The log's reader is slow, stopped or closed, or its disk is full: no decision waits for it, and lost lines are dropped in order and
/// counted.
/// </summary>
public sealed class SickLogTests : IDisposable
{
    private const int LongPath = 58 * 1024;

    // Longer than the shipped timeout: the test machine may be busy.
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(3);
    private readonly SidecarSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData(4_000_000)]
    [InlineData(50_000)]
    public async Task SlowReader_DelaysNoRequest(int bytesPerSecond)
    {
        var key = await KeyAsync();
        await using var sidecar = await PipedSidecar.StartAsync(_sandbox);
        _ = sidecar.ReadAsync(bytesPerSecond);
        using var client = await Client.WarmAsync(sidecar.Check, key);

        var noise = new List<Task<(string Id, bool IsAllowed, TimeSpan Took)>>();
        var good = new List<(string Id, bool IsAllowed, TimeSpan Took)>();
        for (var round = 0; round < 66; round++)
        {
            noise.AddRange(Enumerable.Range(0, 8).Select(_ => client.CheckAsync(null, LongPath)));
            good.Add(await client.CheckAsync(key));
            await Task.Delay(20);
        }

        Assert.All(await Task.WhenAll(noise), answer => Assert.False(answer.IsAllowed));
        Assert.All(good, answer => Assert.True(answer.IsAllowed && answer.Took < _soon, $"{answer}"));
    }

    [Fact]
    public async Task StoppedReader_DelaysNoRequest_AndLosesUnidentifiedRefusalsFirst()
    {
        var key = await KeyAsync();
        await using var sidecar = await PipedSidecar.StartAsync(_sandbox);
        using var client = await Client.WarmAsync(sidecar.Check, key);
        var (noise, good) = (new List<string>(), new List<string>());
        for (var round = 0; round < 60; round++)
        {
            var answers = await Task.WhenAll(
                Enumerable.Range(0, 40).Select(_ => client.CheckAsync(null, LongPath)).Append(client.CheckAsync(key))
            );
            Assert.All(answers, answer => Assert.True(answer.Took < _soon * 2, $"{answer}"));
            noise.AddRange(answers[..40].Select(answer => answer.Id));
            good.Add(answers[40].IsAllowed ? answers[40].Id : "refused");
        }

        _ = sidecar.ReadAsync(1 << 30);
        await Eventually.TrueAsync(
            () => Task.FromResult(sidecar.Output.Contains("\"log_recovered\"", StringComparison.Ordinal)),
            "the log says that it has recovered"
        );
        var lines = sidecar
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line.StartsWith('{'))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToList();
        var logged = lines
            .Where(line => line.TryGetProperty("decision_id", out _))
            .Select(line => line.GetProperty("decision_id").GetString()!)
            .ToHashSet();
        var notice = lines.Single(line => line.GetProperty("event").GetString() == "log_recovered");
        Assert.Empty(good.Except(logged));
        Assert.Equal(noise.Except(logged).Count(), notice.GetProperty("dropped_unidentified_refusal").GetInt32());
        Assert.NotEqual(0, notice.GetProperty("dropped_unidentified_refusal").GetInt32());
        Assert.Equal(0, notice.GetProperty("dropped_allow").GetInt32());

        // Healthy again: the line is in the pipe before the response.
        var after = await client.CheckAsync(key);
        await Eventually.TrueAsync(
            () => Task.FromResult(sidecar.Output.Contains(after.Id, StringComparison.Ordinal)),
            "the next decision is logged"
        );
    }

    [Fact]
    public async Task ClosedPipe_DelaysNoRequest()
    {
        var key = await KeyAsync();
        await using var sidecar = await PipedSidecar.StartAsync(_sandbox);
        using var client = await Client.WarmAsync(sidecar.Check, key);
        sidecar.CloseOutput();

        await AssertAllowsAsync(client, key);
        await Task.Delay(_soon);

        Assert.Contains("Log output blocked: Writing to standard output failed", sidecar.ReadErrors(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FullDisk_DelaysNoRequest()
    {
        var key = await KeyAsync();
        await using var sidecar = await PipedSidecar.StartAsync(_sandbox, ">/dev/full");
        using var client = await Client.WarmAsync(sidecar.Check, key);

        await AssertAllowsAsync(client, key);
        await Task.Delay(_soon);

        Assert.Contains("No space left on device", sidecar.ReadErrors(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HealthyPipe_HasEveryAllowBeforeItsAnswer()
    {
        var key = await KeyAsync();
        await using var sidecar = await PipedSidecar.StartAsync(_sandbox);
        using var client = await Client.WarmAsync(sidecar.Check, key);
        var allowed = new List<string>();
        for (var ask = 0; ask < 50; ask++)
        {
            allowed.Add((await client.CheckAsync(key)).Id);
        }

        sidecar.Kill();
        await sidecar.ReadAsync(1 << 20);

        Assert.All(allowed, id => Assert.Contains(id, sidecar.Output, StringComparison.Ordinal));
    }

    private static async Task AssertAllowsAsync(Client client, string key)
    {
        for (var ask = 0; ask < 50; ask++)
        {
            var answer = await client.CheckAsync(key);
            Assert.True(answer.IsAllowed && answer.Took < _soon, $"{answer}");
        }
    }

    private async Task<string> KeyAsync()
    {
        await using var seeder = await KeySeeder.OpenAsync(_sandbox);
        await seeder.AddUserAsync("ada");
        return (await seeder.AddKeyAsync("ada", "apps:run")).Token;
    }

    private sealed class Client(Uri check) : IDisposable
    {
        private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);
        private readonly GrpcChannel _channel = GrpcChannel.ForAddress(check);

        public async Task<(string Id, bool IsAllowed, TimeSpan Took)> CheckAsync(string? token, int pathLength = 8)
        {
            var http = new AttributeContext.Types.HttpRequest
            {
                Method = "GET",
                Path = "/" + new string('a', pathLength),
                Host = "localhost",
                HeaderMap = new(),
            };
            if (token is not null)
            {
                http.HeaderMap.Headers.Add(
                    new global::Envoy.Config.Core.V3.HeaderValue
                    {
                        Key = "authorization",
                        RawValue = ByteString.CopyFromUtf8($"Bearer {token}"),
                    }
                );
            }

            var clock = Stopwatch.StartNew();
            var answer = await new Authz.AuthorizationClient(_channel).CheckAsync(
                new()
                {
                    Attributes = new()
                    {
                        Request = new() { Http = http },
                        ContextExtensions = { ["policy"] = "app" },
                    },
                },
                deadline: DateTime.UtcNow + _patience
            );
            return (answer.DynamicMetadata.Fields["decision_id"].StringValue, answer.Status.Code == 0, clock.Elapsed);
        }

        /// <summary>The first call is a warm-up.</summary>
        public static async Task<Client> WarmAsync(Uri check, string token)
        {
            var client = new Client(check);
            await client.CheckAsync(token);
            return client;
        }

        public void Dispose() => _channel.Dispose();
    }
}
