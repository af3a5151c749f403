using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using AuthSidecar.IntegrationTests.Recording;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Net.Client;

namespace AuthSidecar.IntegrationTests.Metering;

/// <summary>Rows in the store after requests through the shipped Envoy configuration.</summary>
public sealed class UsageThroughEnvoyTests(UsageServers servers) : IClassFixture<UsageServers>
{
    private const UsageFacts AllSources = UsageFacts.Decided | UsageFacts.Observed | UsageFacts.Logged;

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task Response_LeavesOneCompleteRow(EnvoyRelease release)
    {
        using var client = Client(HttpVersion.Version11);
        foreach (var fixture in new[] { "openai-chat/stream.sse", "anthropic/stream.sse" }.Select(Fixture.Named))
        {
            var before = DateTimeOffset.UtcNow;
            using var response = await servers.SendAsync(release, client, fixture, "whole", servers.Key.Token);
            await response.Content.CopyToAsync(Stream.Null);
            var row = await servers.RowAsync(response, AllSources);

            Assert.Equal(("complete", 200, null), (row.Outcome, row.Status, row.ErrorType));
            Assert.Equal(
                (fixture.Expected.Model, fixture.Expected.Input, fixture.Expected.Output),
                (row.Model, row.InputTokens, row.OutputTokens)
            );
            Assert.Equal(
                (servers.Key.Key.Id, fixture.Api.Split('-')[0], fixture.Api.Split('-')[0], "centralized", "codex"),
                (row.KeyId, row.Policy, row.Provider, row.Mode, row.Client)
            );
            Assert.Equal((2L, (long)fixture.Body.Length), (row.RequestBytes, row.ResponseBytes));
            Assert.Equal($"/{fixture.Api.Split('-')[0]}/x/whole/{fixture.File}", row.Path);
            Assert.InRange(row.Time, before.AddMilliseconds(-1), DateTimeOffset.UtcNow);
            Assert.InRange(row.DurationMs!.Value, 0, 60_000);
        }
    }

    /// <summary>
    /// A service behind Envoy that counts tokens itself while the request runs: the caller comes from Check, the end from the access log,
    /// the counts from the service.
    /// </summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task AnInterceptionUnderTheDecisionsId_AddsToItsRow(EnvoyRelease release)
    {
        servers.Upstream.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var fixture = Fixture.Named("openai-chat/stream-no-usage.sse");
        using var channel = GrpcChannel.ForAddress(servers.Companion);
        var recorder = new Recorder.RecorderClient(channel);
        using var client = Client(HttpVersion.Version11);
        using var response = await servers.SendAsync(release, client, fixture, "gate", servers.Key.Token);
        var id = servers.Upstream.DecisionId!;

        await recorder.RecordInterceptionAsync(
            new()
            {
                Id = id,
                InitiatorId = Guid.NewGuid().ToString(),
                ApiKeyId = "another",
                Provider = "another",
                Model = "another",
                Client = "another",
                CredentialKind = "byok",
                StartedAt = Timestamp.FromDateTimeOffset(DateTimeOffset.UtcNow),
            },
            RecorderHarness.Headers
        );
        foreach (var message in new[] { "msg_1", "msg_2" })
        {
            await recorder.RecordTokenUsageAsync(
                new()
                {
                    InterceptionId = id,
                    MsgId = message,
                    InputTokens = 10,
                    OutputTokens = 5,
                    CacheReadInputTokens = 3,
                    CacheWriteInputTokens = 2,
                    CreatedAt = Timestamp.FromDateTimeOffset(DateTimeOffset.UtcNow),
                },
                RecorderHarness.Headers
            );
        }

        servers.Upstream.Gate.SetResult();
        await response.Content.CopyToAsync(Stream.Null);
        await recorder.RecordInterceptionEndedAsync(new() { Id = id }, RecorderHarness.Headers);
        var row = await servers.RowAsync(response, AllSources | UsageFacts.Recorded);

        Assert.Equal((id, servers.Key.Key.Id, servers.Key.Key.UserId, null), (row.DecisionId, row.KeyId, row.UserId, row.Tenant));
        Assert.Equal(
            ("openai", "openai", "centralized", "codex", "allow", $"/openai/x/gate/{fixture.File}"),
            (row.Policy, row.Provider, row.Mode, row.Client, row.Decision, row.Path)
        );
        Assert.Equal((20L, 10L, 6L, 4L), (row.InputTokens, row.OutputTokens, row.CachedReadTokens, row.CachedWriteTokens));
        Assert.Equal(
            (fixture.Expected.Model, "complete", 200, (long)fixture.Body.Length),
            (row.Model, row.Outcome, row.Status, row.ResponseBytes)
        );
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ARefusal_LeavesItsRow(EnvoyRelease release)
    {
        using var client = Client(HttpVersion.Version11);
        using var response = await servers.SendAsync(release, client, Fixture.Named("openai-chat/stream.sse"), "whole", null);
        var body = await response.Content.ReadAsByteArrayAsync();
        var row = await servers.RowAsync(response, UsageFacts.Decided | UsageFacts.Logged);

        Assert.Equal(
            ("denied", "deny", "missing_credential", 401, null),
            (row.Outcome, row.Decision, row.Reason, row.Status, row.ErrorType)
        );
        Assert.Equal((null, "openai", "openai", (long)body.Length), (row.KeyId, row.Policy, row.Provider, row.ResponseBytes));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public Task ClientDisconnect_IsTheOutcome(EnvoyRelease release) =>
        LeaveAsync(release, HttpVersion.Version11, "half", "client_disconnect", 25, 1);

    [Theory, NewestEnvoy, OldestEnvoy]
    public Task ClientDisconnect_IsTheOutcome_OverHttp2(EnvoyRelease release) =>
        LeaveAsync(release, HttpVersion.Version20, "half", "client_disconnect", 25, 1);

    /// <summary>The provider has sent its end marker; that the HTTP message continues loses nothing.</summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task DisconnectAfterTheEnd_IsComplete(EnvoyRelease release)
    {
        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            await LeaveAsync(
                release,
                version,
                "linger",
                "complete",
                Fixture.Named("anthropic/stream.sse").Expected.Input,
                Fixture.Named("anthropic/stream.sse").Expected.Output
            );
        }
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task UpstreamReset_IsAnError(EnvoyRelease release)
    {
        servers.Upstream.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var fixture = Fixture.Named("anthropic/stream.sse");
        using var client = Client(HttpVersion.Version11);
        using var response = await servers.SendAsync(release, client, fixture, "abort", servers.Key.Token);
        var rest = await ReadAsync(response, FixtureUpstream.HalfOf(fixture));
        servers.Upstream.Gate.SetResult();
        await Assert.ThrowsAnyAsync<IOException>(() => rest.CopyToAsync(Stream.Null));

        var row = await servers.RowAsync(response, AllSources);
        Assert.Equal(
            ("upstream_error", 200, "upstream_reset_after_response_started", 25L, 1L),
            (row.Outcome, row.Status, row.ErrorType, row.InputTokens, row.OutputTokens)
        );
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task UpstreamResetBeforeTheResponse_IsAnError(EnvoyRelease release)
    {
        using var client = Client(HttpVersion.Version11);
        using var response = await servers.SendAsync(release, client, Fixture.Named("anthropic/stream.sse"), "nothing", servers.Key.Token);

        var row = await servers.RowAsync(response, UsageFacts.Decided | UsageFacts.Logged);
        Assert.Equal(
            (503, "upstream_error", 503, "upstream_reset_before_response_started"),
            ((int)response.StatusCode, row.Outcome, row.Status, row.ErrorType)
        );
    }

    /// <summary>Providers' errors name no model, so the row has the request's model and no response model.</summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ProviderError_HasTheRequestedModel(EnvoyRelease release)
    {
        using var client = Client(HttpVersion.Version11);
        foreach (var fixture in new[] { "openai-chat/error.json", "anthropic/error.json" }.Select(Fixture.Named))
        {
            using var response = await servers.SendAsync(release, client, fixture, "whole", servers.Key.Token, Asking("m-asked"));
            var row = await servers.RowAsync(response, AllSources);

            Assert.Equal(
                ("upstream_error", fixture.Status, fixture.Expected.ErrorType, "m-asked"),
                (row.Outcome, row.Status, row.ErrorType, row.Model)
            );
            Assert.False(row.Facts.HasFlag(UsageFacts.IsResponseModel));
        }
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ResponseModel_TakesPrecedence(EnvoyRelease release)
    {
        using var client = Client(HttpVersion.Version11);
        var fixture = Fixture.Named("openai-chat/whole.json");
        using var response = await servers.SendAsync(release, client, fixture, "whole", servers.Key.Token, Asking("zzz-asked"));

        Assert.Equal(fixture.Expected.Model, (await servers.RowAsync(response, AllSources)).Model);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task DisconnectBeforeTheFirstEvent_KeepsTheRequestedModel(EnvoyRelease release)
    {
        var client = Client(HttpVersion.Version11);
        using var response = await servers.SendAsync(
            release,
            client,
            Fixture.Named("anthropic/stream.sse"),
            "head",
            servers.Key.Token,
            Asking("m-asked")
        );
        response.Dispose();
        client.Dispose();

        var row = await servers.RowAsync(response, AllSources);
        Assert.Equal(("client_disconnect", "m-asked", null), (row.Outcome, row.Model, row.InputTokens));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task DisconnectBeforeTheResponse_KeepsTheRequestedModel(EnvoyRelease release)
    {
        using var client = Client(HttpVersion.Version11);
        using var leaves = new CancellationTokenSource();
        var model = $"m-asked-{release}";
        var sent = servers.SendAsync(
            release,
            client,
            Fixture.Named("anthropic/stream.sse"),
            "silent",
            servers.Key.Token,
            Asking(model),
            leaves: leaves.Token
        );
        await UsageServers.UntilAsync(() => servers.Upstream.Waiting == 1 || sent.IsCompleted);
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sent);

        var row = await servers.RowAsync(
            row => row.Path == "/anthropic/x/silent/anthropic/stream.sse",
            row => row.Model == model && row.Facts.HasFlag(UsageFacts.Decided | UsageFacts.Logged)
        );
        Assert.Equal(("client_disconnect", "anthropic", "allow"), (row.Outcome, row.Provider, row.Decision));
        Assert.False(row.Facts.HasFlag(UsageFacts.Observed));
    }

    /// <summary>Observation changes nothing: neither the Content-Length nor a byte.</summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task LongRequest_ArrivesUnchanged_AndIsReadToItsEnd(EnvoyRelease release)
    {
        var body = Encoding.UTF8.GetBytes($$"""{"messages":[{"content":"{{new string('A', 8 * 1024 * 1024)}}"}],"model":"m-last"}""");
        using var client = Client(HttpVersion.Version11);
        var fixture = Fixture.Named("openai-chat/error.json");
        using var response = await servers.SendAsync(release, client, fixture, "whole", servers.Key.Token, new ByteArrayContent(body));

        Assert.Equal(fixture.Body.Length, response.Content.Headers.ContentLength);
        Assert.Equal((body.Length, body.Length, Convert.ToHexString(SHA256.HashData(body))), servers.Upstream.LastRequest);
        Assert.Equal("m-last", (await servers.RowAsync(response, AllSources)).Model);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ResponseBeforeTheRequestEnds_IsComplete(EnvoyRelease release)
    {
        using var client = Client(HttpVersion.Version20);
        using var request = new EndlessContent("""{"model":"m-asked","messages":["a",""", () =>
            UsageServers.UntilAsync(() => servers.Upstream.Waiting > 0)
        );
        var fixture = Fixture.Named("openai-chat/error.json");
        using var response = await servers.SendAsync(release, client, fixture, "early", servers.Key.Token, request);
        Assert.Equal(fixture.Body, await response.Content.ReadAsByteArrayAsync());
        request.End();

        var row = await servers.RowAsync(response, AllSources);
        Assert.Equal(
            ("upstream_error", fixture.Status, fixture.Expected.ErrorType, "m-asked"),
            (row.Outcome, row.Status, row.ErrorType, row.Model)
        );
    }

    private static StringContent Asking(string model) =>
        new($$"""{"messages":[{"role":"user","content":"hi"}],"model":"{{model}}"}""", MediaTypeHeaderValue.Parse("application/json"));

    private async Task LeaveAsync(EnvoyRelease release, Version version, string how, string outcome, long? input, long? output)
    {
        var fixture = Fixture.Named("anthropic/stream.sse");
        var client = Client(version);
        var response = await servers.SendAsync(release, client, fixture, how, servers.Key.Token);
        await ReadAsync(response, how == "linger" ? fixture.Body.Length : FixtureUpstream.HalfOf(fixture));
        response.Dispose();
        client.Dispose();

        var row = await servers.RowAsync(response, AllSources);
        Assert.Equal((outcome, 200, null, input, output), (row.Outcome, row.Status, row.ErrorType, row.InputTokens, row.OutputTokens));
        Assert.True(row.Facts.HasFlag(UsageFacts.ClientLeft));
    }

    private static HttpClient Client(Version version) =>
        new(new SocketsHttpHandler()) { DefaultRequestVersion = version, Timeout = TimeSpan.FromSeconds(60) };

    private static async Task<Stream> ReadAsync(HttpResponseMessage response, int length)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var body = await response.Content.ReadAsStreamAsync(limit.Token);
        await body.ReadExactlyAsync(new byte[length], limit.Token);
        return body;
    }

    /// <summary>A body whose start comes after its headers have arrived, and whose rest comes when the test releases it.</summary>
    private sealed class EndlessContent(string start, Func<Task> arrivalOfHeaders) : HttpContent
    {
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void End() => _end.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            // SocketsHttpHandler holds HTTP/2 headers back until the content's first flush.
            await stream.FlushAsync();
            await arrivalOfHeaders();
            await stream.WriteAsync(Encoding.UTF8.GetBytes(start));
            await stream.FlushAsync();
            await _end.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
