using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.IntegrationTests.EnvoyFacts;

/// <summary>A request's headers in the two encodings: header_map (raw) and headers (joined).</summary>
public sealed class HeaderReadingTests(FactsServers servers) : EnvoyFactsTests(servers)
{
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task TwoAuthorizationHeaders_AreOneEntryJoinedWithAComma(EnvoyRelease release)
    {
        string[] sent = ["Authorization: Bearer a", "authorization: Bearer b"];

        Assert.Equal(["Bearer a,Bearer b"], await RawAsync(release, "authorization", sent));
        Assert.Equal("Bearer a,Bearer b", await JoinedAsync(release, "authorization", sent));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task OtherDoubleHeaders_StayTwoEntriesInRawOnly(EnvoyRelease release)
    {
        foreach (var name in new[] { "x-api-key", "cookie", "sec-websocket-protocol", "x-authsidecar-token" })
        {
            string[] sent = [$"{name}: a", $"{name}: b"];

            Assert.Equal(["a", "b"], await RawAsync(release, name, sent));
            Assert.Equal("a,b", await JoinedAsync(release, name, sent));
        }
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task BytesThatAreNotUtf8_AreKeptInRawAndExclamationMarksInJoined(EnvoyRelease release)
    {
        var raw = await HeadersAsync(release, "raw", "x-api-key: \u00ff\u00feA");

        Assert.Equal(ByteString.CopyFrom(0xff, 0xfe, 0x41), raw.HeaderMap.Headers.Single(header => header.Key == "x-api-key").RawValue);
        Assert.Equal("!!A", await JoinedAsync(release, "x-api-key", "x-api-key: \u00ff\u00feA"));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task AnEmptyHeader_IsAnEntryWithoutAValue(EnvoyRelease release)
    {
        Assert.Equal([""], await RawAsync(release, "x-api-key", "x-api-key:"));
        Assert.Equal("", await JoinedAsync(release, "x-api-key", "x-api-key:"));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task OnlyOneOfTheEncodings_IsFilled_AndBothHoldThePseudoHeaders(EnvoyRelease release)
    {
        var raw = await HeadersAsync(release, "raw");
        var joined = await HeadersAsync(release, "joined");

        string[] pseudo = [":authority", ":method", ":path", ":scheme"];
        Assert.Empty(raw.Headers);
        Assert.Null(joined.HeaderMap);
        Assert.Equal(pseudo, raw.HeaderMap.Headers.Select(header => header.Key).Where(key => key[0] == ':').Order(StringComparer.Ordinal));
        Assert.Equal(pseudo, joined.Headers.Keys.Where(key => key[0] == ':').Order(StringComparer.Ordinal));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task WhatIsRemovedEarly_IsSeenByNeitherSidecarNorUpstream(EnvoyRelease release)
    {
        var exchange = await SendAsync(
            release,
            Answers.Allow(),
            headers: ["X-AuthSidecar-Caller-Subject: root", "x-envoy-upstream-stream-duration-ms: 1", "X-AuthSidecar-Token: t"]
        );

        var seen = exchange.Check!.Attributes.Request.Http.HeaderMap.Headers.Select(header => header.Key).ToList();
        Assert.DoesNotContain("x-authsidecar-caller-subject", seen);
        Assert.DoesNotContain("x-envoy-upstream-stream-duration-ms", seen);
        Assert.Contains("x-authsidecar-token", seen);
        Assert.Empty(exchange.Upstream!.Values("x-authsidecar-caller-subject"));
        Assert.Equal(["t"], exchange.Upstream.Values("x-authsidecar-token"));
    }

    private async Task<IEnumerable<string>> RawAsync(EnvoyRelease release, string name, params string[] sent) =>
        (await HeadersAsync(release, "raw", sent))
            .HeaderMap.Headers.Where(header => header.Key == name)
            .Select(header => header.Value + header.RawValue.ToStringUtf8());

    private async Task<string> JoinedAsync(EnvoyRelease release, string name, params string[] sent) =>
        (await HeadersAsync(release, "joined", sent)).Headers[name];

    private async Task<AttributeContext.Types.HttpRequest> HeadersAsync(EnvoyRelease release, string listener, params string[] sent) =>
        (await SendAsync(release, listener, (_, _) => Answers.Allow(), "GET /v1/x", sent)).Check!.Attributes.Request.Http;
}
