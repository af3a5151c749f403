using System.Collections.Concurrent;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Metering;

/// <summary>The observer's readings of responses through a real Envoy, and that observation has no effect on clients.</summary>
public sealed class ObserverTests(ObservationServers servers) : IClassFixture<ObservationServers>
{
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task EveryFixture_WholeAndInPieces_IsCounted(EnvoyRelease release)
    {
        foreach (var fixture in Fixture.All)
        {
            foreach (var how in new[] { "whole", "pieces", "gzip", "br" })
            {
                using var response = await servers.SendAsync(release, fixture, how);
                var body = await response.Content.ReadAsByteArrayAsync();
                var part = await servers.PartAsync(response);

                Assert.True(
                    how is "gzip" or "br" || body.AsSpan().SequenceEqual(fixture.Body),
                    $"{fixture.File} {how}: the client got something else"
                );
                var facts = new FixtureFacts(
                    part.Model,
                    part.InputTokens,
                    part.OutputTokens,
                    part.CachedReadTokens,
                    part.CachedWriteTokens,
                    part.ReasoningTokens,
                    part.ErrorType,
                    part.Facts.HasFlag(UsageFacts.UpstreamFailed)
                );
                Assert.True(fixture.Expected == facts, $"{fixture.File} {how}: {facts}");
                Assert.True(part.Facts.HasFlag(UsageFacts.Observed | UsageFacts.Ended));
                Assert.Equal(
                    (fixture.Status, ObservationServers.PolicyOf(fixture), ObservationServers.PolicyOf(fixture), "allow"),
                    (part.Status, part.Policy, part.Provider, part.Decision)
                );
            }
        }
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ClientDisconnect_KeepsTheUsageSeen(EnvoyRelease release)
    {
        var fixture = Fixture.Named("anthropic/stream.sse");
        var response = await servers.SendAsync(release, fixture, "half");
        await ReadHalfAsync(response, fixture);
        var part = servers.PartAsync(response);
        response.Dispose();

        Assert.Equal(
            (25L, 1L, UsageFacts.Observed | UsageFacts.HasUsage | UsageFacts.IsResponseModel | UsageFacts.HasReasoningInOutput),
            ((await part).InputTokens, (await part).OutputTokens, (await part).Facts)
        );
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task UpstreamReset_KeepsTheUsageSeen(EnvoyRelease release)
    {
        servers.Upstream.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var fixture = Fixture.Named("anthropic/stream.sse");
        using var response = await servers.SendAsync(release, fixture, "abort");
        var rest = await ReadHalfAsync(response, fixture);
        servers.Upstream.Gate.SetResult();

        await Assert.ThrowsAnyAsync<IOException>(() => rest.CopyToAsync(Stream.Null));
        var part = await servers.PartAsync(response);
        Assert.Equal((25L, 1L), (part.InputTokens, part.OutputTokens));
        Assert.False(part.Facts.HasFlag(UsageFacts.Ended));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task AnEvent_IsNotHeldBack(EnvoyRelease release)
    {
        servers.Upstream.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var fixture = Fixture.Named("openai-chat/stream.sse");
        using var response = await servers.SendAsync(release, fixture, "gate");

        // The upstream sends the rest only after these bytes have arrived: an Envoy that buffers would wait for ever.
        var rest = await ReadHalfAsync(response, fixture);
        servers.Upstream.Gate.SetResult();
        await rest.CopyToAsync(Stream.Null);

        Assert.Equal(fixture.Expected.Output, (await servers.PartAsync(response)).OutputTokens);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ManyStreamsAtOnce_AreAllCounted(EnvoyRelease release)
    {
        var count = Heavy.Or(1000, 100);
        servers.Upstream.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var fixtures = Fixture.All.Where(fixture => fixture is { Stream: true, Expected.Failed: false }).ToList();
        var open = await Task.WhenAll(
            Enumerable
                .Range(0, count)
                .Select(async number =>
                    (
                        Fixture: fixtures[number % fixtures.Count],
                        Response: await servers.SendAsync(release, fixtures[number % fixtures.Count], "gate")
                    )
                )
        );
        Assert.Equal(count, servers.Upstream.Waiting);
        servers.Upstream.Gate.SetResult();

        var wrong = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(open, async (one, cancelled) =>
        {
            using var response = one.Response;
            var body = await response.Content.ReadAsByteArrayAsync(cancelled);
            var part = await servers.PartAsync(response);
            Assert.True(body.AsSpan().SequenceEqual(one.Fixture.Body));
            if (
                (one.Fixture.Expected.Input, one.Fixture.Expected.Output, one.Fixture.Expected.Model)
                    != (part.InputTokens, part.OutputTokens, part.Model)
                || !part.Facts.HasFlag(UsageFacts.Ended)
            )
            {
                wrong.Add($"{one.Fixture.File}: {part.InputTokens} {part.OutputTokens} {part.Model} {part.Facts}");
            }
        });
        Assert.True(wrong.IsEmpty, $"{wrong.Count} of {count}:\n{string.Join('\n', wrong.Take(10))}");
        Assert.False((await servers.EnvoyAsync(release)).HasExited);
    }

    /// <summary>Without observability mode Envoy waits for the observer, and everything still passes and is counted.</summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task WhenEnvoyWaits_BodiesPassUnchanged(EnvoyRelease release)
    {
        foreach (var fixture in Fixture.All)
        {
            using var response = await servers.SendAsync(release, fixture, "pieces", "waiting");
            Assert.Equal(
                (fixture.Status, true),
                ((int)response.StatusCode, (await response.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(fixture.Body))
            );
            Assert.Equal(fixture.Expected.Input, (await servers.PartAsync(response)).InputTokens);
        }
    }

    /// <summary>When Envoy would forward only the observer's reply, clients get an error and never a response without its body.</summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task WhereEnvoyReleasesBodies_NoClientGetsHalfAnAnswer(EnvoyRelease release)
    {
        using var response = await servers.SendAsync(release, Fixture.Named("openai-chat/stream.sse"), "pieces", "giving");

        Assert.Equal(500, (int)response.StatusCode);
    }

    private static async Task<Stream> ReadHalfAsync(HttpResponseMessage response, Fixture fixture)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var half = new byte[FixtureUpstream.HalfOf(fixture)];
        var body = await response.Content.ReadAsStreamAsync(limit.Token);
        await body.ReadExactlyAsync(half, limit.Token);
        Assert.Equal(fixture.Body[..half.Length], half);
        return body;
    }
}
