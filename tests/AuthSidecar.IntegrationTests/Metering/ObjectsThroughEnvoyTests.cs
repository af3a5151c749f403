using System.Net;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Metering;

/// <summary>A batch that is read repeatedly through the shipped Envoy configuration.</summary>
public sealed class ObjectsThroughEnvoyTests(UsageServers servers) : IClassFixture<UsageServers>
{
    private const UsageFacts AllSources = UsageFacts.Decided | UsageFacts.Observed | UsageFacts.Logged | UsageFacts.ReadsResult;

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task Batch_IsBilledOnce_WhenFirstSeenComplete(EnvoyRelease release)
    {
        await servers.ForgetObjectsAsync();
        var rows = new List<UsageRow>();
        foreach (var file in new[] { "batch-running", "batch", "batch", "batch" })
        {
            rows.Add(await ReadAsync(release, Fixture.Named($"openai-objects/{file}.json")));
        }

        var done = Fixture.Named("openai-objects/batch.json").Expected;
        Assert.Equal([null, done.Input, null, null], rows.Select(row => row.InputTokens));
        Assert.Equal([null, done.Output, null, null], rows.Select(row => row.OutputTokens));
        Assert.All(rows, row => Assert.Equal((null, false, 200), (row.SeenOutputTokens, row.IsEstimated, row.Status)));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task WhatGeneratesNothing_HasNoTokens(EnvoyRelease release)
    {
        using var client = new HttpClient { DefaultRequestVersion = HttpVersion.Version11 };
        using var response = await servers.SendAsync(release, client, Fixture.Named("openai-chat/whole.json"), "whole", servers.Key.Token);
        await response.Content.CopyToAsync(Stream.Null);
        servers.Record(
            new()
            {
                DecisionId = response.Headers.GetValues("x-authsidecar-decision-id").Single(),
                Time = DateTimeOffset.UtcNow,
                Facts = UsageFacts.Decided | UsageFacts.GeneratesNothing,
            }
        );

        var row = await servers.RowAsync(
            response,
            UsageFacts.Decided | UsageFacts.Observed | UsageFacts.Logged | UsageFacts.GeneratesNothing
        );
        Assert.Equal(
            (null, null, null, null, null),
            (row.InputTokens, row.OutputTokens, row.SeenInputTokens, row.SeenOutputTokens, row.CostMicros)
        );
    }

    /// <summary>
    /// Responses without a usage object, with an undecoded encoding, and to a client that disconnects: the bytes that passed are a lower
    /// bound, not a count.
    /// </summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task BytesPassed_AreTheLowerBound(EnvoyRelease release)
    {
        using var client = new HttpClient { DefaultRequestVersion = HttpVersion.Version11 };
        const UsageFacts Sources = UsageFacts.Decided | UsageFacts.Observed | UsageFacts.Logged;
        using var content = new StringContent("""{"model":"m","messages":[{"role":"user","content":"sixteen letters!"}]}""");
        using var silent = await servers.SendAsync(
            release,
            client,
            Fixture.Named("openai-chat/stream-no-usage.sse"),
            "pieces",
            servers.Key.Token,
            content
        );
        await silent.Content.CopyToAsync(Stream.Null);
        var row = await servers.RowAsync(silent, Sources);
        Assert.Equal((null, null, 4L), (row.InputTokens, row.OutputTokens, row.SeenInputTokens));
        Assert.InRange(row.SeenOutputTokens!.Value, 2, 30);

        var fixture = Fixture.Named("openai-chat/whole.json");
        using var unread = await servers.SendAsync(release, client, fixture, "zstd", servers.Key.Token);
        await unread.Content.CopyToAsync(Stream.Null);
        row = await servers.RowAsync(unread, Sources);
        Assert.Equal(
            ("no_usage", "encoding_unsupported", null, (fixture.Body.Length + 1L) / 2),
            (row.Outcome, row.ErrorType, row.OutputTokens, row.SeenOutputTokens)
        );

        var half = Fixture.Named("openai-chat/stream.sse");
        var left = await servers.SendAsync(release, client, half, "half", servers.Key.Token);
        await (await left.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[FixtureUpstream.HalfOf(half)]);
        left.Dispose();
        row = await servers.RowAsync(left, Sources);
        Assert.Equal(("client_disconnect", null), (row.Outcome, row.OutputTokens));
        Assert.InRange(row.SeenOutputTokens!.Value, 1, 30);
    }

    private async Task<UsageRow> ReadAsync(EnvoyRelease release, Fixture fixture)
    {
        using var client = new HttpClient { DefaultRequestVersion = HttpVersion.Version11 };
        using var response = await servers.SendAsync(release, client, fixture, "whole", servers.Key.Token);
        await response.Content.CopyToAsync(Stream.Null);
        servers.Record(
            new()
            {
                DecisionId = response.Headers.GetValues("x-authsidecar-decision-id").Single(),
                Time = DateTimeOffset.UtcNow,
                Facts = UsageFacts.Decided | UsageFacts.ReadsResult,
            }
        );
        return await servers.RowAsync(response, AllSources);
    }
}
