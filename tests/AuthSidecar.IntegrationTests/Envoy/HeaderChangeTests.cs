using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Envoy.Config.Core.V3;

namespace AuthSidecar.IntegrationTests.EnvoyFacts;

/// <summary>
/// Envoy's handling of header edits in an Allow: the reason why every header that we set requests "overwrite" twice and is in no other
/// list.
/// </summary>
public sealed class HeaderChangeTests(FactsServers servers) : EnvoyFactsTests(servers)
{
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task Overwrite_LeavesOneLineOfOurs(EnvoyRelease release)
    {
        foreach (var sent in new string[][] { [], ["x-key: a"], ["x-key: a", "X-Key: b"] })
        {
            var exchange = await SendAsync(release, Answers.Allow(ok => ok.Headers.Add(Answers.Overwrite("x-key", "ours"))), headers: sent);

            Assert.Equal(["ours"], exchange.Upstream!.Values("x-key"));
        }
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task AddIfAbsent_OverwritesToo(EnvoyRelease release)
    {
        var option = Answers.Overwrite("x-key", "ours");
        option.AppendAction = HeaderValueOption.Types.HeaderAppendAction.AddIfAbsent;

        var exchange = await SendAsync(release, Answers.Allow(ok => ok.Headers.Add(option)), headers: "x-key: a");

        Assert.Equal(["ours"], exchange.Upstream!.Values("x-key"));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task Append_JoinsWithACommaAndAddsNothingNew(EnvoyRelease release)
    {
        var option = new HeaderValueOption
        {
            Header = new() { Key = "x-key", Value = "ours" },
            Append = true,
        };
        var answer = Answers.Allow(ok => ok.Headers.Add(option));

        Assert.Equal(["a,ours"], (await SendAsync(release, answer, headers: "x-key: a")).Upstream!.Values("x-key"));
        Assert.Empty((await SendAsync(release, answer)).Upstream!.Values("x-key"));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ANameThatIsSetAndRemoved_EndsUpRemoved(EnvoyRelease release)
    {
        var answer = Answers.Allow(ok =>
        {
            ok.Headers.Add(Answers.Overwrite("authorization", "Bearer ours"));
            ok.HeadersToRemove.Add("authorization");
        });

        Assert.Empty((await SendAsync(release, answer, headers: "Authorization: Bearer theirs")).Upstream!.Values("authorization"));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task Remove_TakesEveryCopy(EnvoyRelease release)
    {
        var answer = Answers.Allow(ok => ok.HeadersToRemove.Add("x-api-key"));

        Assert.Empty((await SendAsync(release, answer, headers: ["x-api-key: a", "X-API-KEY: b"])).Upstream!.Values("x-api-key"));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task OnlyValueIsRead_NotRawValue(EnvoyRelease release)
    {
        var option = Answers.Overwrite("x-key", "value");
        option.Header.RawValue = Google.Protobuf.ByteString.CopyFromUtf8("raw");

        Assert.Equal(["value"], (await SendAsync(release, Answers.Allow(ok => ok.Headers.Add(option)))).Upstream!.Values("x-key"));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ThePath_CanBeOverwrittenWithItsQuery(EnvoyRelease release)
    {
        var answer = Answers.Allow(ok => ok.Headers.Add(Answers.Overwrite(":path", "/v1/x?b&a=%20")));

        Assert.Equal("/v1/x?b&a=%20", (await SendAsync(release, answer, "GET /v1/x?key=secret&b&a=%20")).Upstream!.Target);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task RemovingAQueryParameter_MissesItsEncodedSpellingAndRewritesTheRest(EnvoyRelease release)
    {
        var answer = Answers.Allow(ok => ok.QueryParametersToRemove.Add("access_token"));

        var exchange = await SendAsync(release, answer, "GET /v1/x?b&acc%65ss_token=2&access_token=1&a=3");

        Assert.Equal("/v1/x?a=3&acc%65ss_token=2&b=", exchange.Upstream!.Target);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ChangingTheHost_IsAnError(EnvoyRelease release)
    {
        var set = await SendAsync(release, Answers.Allow(ok => ok.Headers.Add(Answers.Overwrite(":authority", "evil"))));
        var removed = await SendAsync(release, Answers.Allow(ok => ok.HeadersToRemove.Add("host")));

        Assert.Equal((500, 500), (set.Client.Status, removed.Client.Status));
        Assert.True(set.Upstream is null && removed.Upstream is null);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ALineBreakInAValue_NeverReachesTheUpstream(EnvoyRelease release)
    {
        var answer = Answers.Allow(ok => ok.Headers.Add(Answers.Overwrite("x-key", "a\r\nx-forged: b")));

        var validated = await SendAsync(release, answer);
        var unvalidated = await SendAsync(release, "joined", (_, _) => answer, "GET /v1/x");

        Assert.Equal((500, 503), (validated.Client.Status, unvalidated.Client.Status));
        Assert.True(validated.Upstream is null && unvalidated.Upstream is null);
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ResponseHeaders_ReachTheClientOverTheUpstreams(EnvoyRelease release)
    {
        var answer = Answers.Allow(ok => ok.ResponseHeadersToAdd.Add(Answers.Overwrite("x-authsidecar-decision-id", "ours")));

        var exchange = await SendAsync(release, answer, headers: "x-echo-set-x-authsidecar-decision-id: theirs");

        Assert.Equal(["ours"], exchange.Client.Values("x-authsidecar-decision-id"));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task AHeaderTheVirtualHostRemoves_IsTheUpstreamsAndNotADenials(EnvoyRelease release)
    {
        const string name = "x-authsidecar-gateway-error";
        var upstreams = await SendAsync(release, Answers.Allow(), headers: $"x-echo-set-{name}: forged");
        var ours = await SendAsync(release, Answers.Deny(401, "", Answers.Overwrite(name, "gateway_key_mismatch")));

        Assert.Empty(upstreams.Client.Values(name));
        Assert.Equal(["gateway_key_mismatch"], ours.Client.Values(name));
    }
}
