using System.Net;
using System.Net.Http.Headers;
using AuthSidecar.Administration.Keys;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.SocketLeases;

/// <summary>Running requests through a real Envoy, which reports their ends in its access log.</summary>
public sealed class ParallelTests : IDisposable
{
    private const int Cap = 2;
    private readonly HttpClient _client = new();

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task TheNextIs429AndReachesNoUpstream_UntilOneEnds(EnvoyRelease release)
    {
        await using var servers = await SocketServers.StartHereAsync(release, parallel: Cap);
        var (ada, bob) = (await servers.AddUserAsync("ada"), await servers.AddUserAsync("bob"));
        var end = new TaskCompletionSource();
        servers.Upstream.EventsMayGoOn = end.Task;
        using var first = await BeginAsync(servers, ada);
        using var second = await BeginAsync(servers, ada);

        var refused = await SendAsync(servers, ada);

        Assert.Equal(
            (429, "too_many_parallel", "1"),
            (refused.Status, refused.Values("x-authsidecar-reason").Single(), refused.Values("retry-after").Single())
        );
        Assert.Equal(Cap, servers.Upstream.Requests.Count);
        Assert.Equal(200, (await SendAsync(servers, bob)).Status);
        await UntilRunningAsync(servers, Cap);

        end.SetResult();
        await first.Content.ReadAsStringAsync();
        await second.Content.ReadAsStringAsync();

        await UntilRunningAsync(servers, 0);
        Assert.Equal(200, (await SendAsync(servers, ada)).Status);
        Assert.Equal(0, (await SocketServers.MetricsAsync(servers.Decider))["authsidecar_parallel_leases_lapsed_total"]);
    }

    [RequiresTheory("envoy")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ClientThatLeaves_AndUpstreamThatBreaksOff_FreeTheirLeases(bool isClient)
    {
        await using var servers = await SocketServers.StartHereAsync(EnvoyRelease.Newest, parallel: Cap);
        var ada = await servers.AddUserAsync("ada");
        var end = new TaskCompletionSource();
        servers.Upstream.EventsMayGoOn = end.Task;
        using var first = await BeginAsync(servers, ada);
        using var second = await BeginAsync(servers, ada);
        Assert.Equal(429, (await SendAsync(servers, ada)).Status);

        if (isClient)
        {
            first.Dispose();
            await UntilRunningAsync(servers, 1);
        }
        else
        {
            end.SetException(new InvalidOperationException("The upstream breaks off."));
            await UntilRunningAsync(servers, 0);
        }

        Assert.Equal(200, (await SendAsync(servers, ada)).Status);
    }

    [Theory, NewestEnvoy]
    public async Task WebSockets_CountToo(EnvoyRelease release)
    {
        await using var servers = await SocketServers.StartHereAsync(release, parallel: Cap);
        var ada = await servers.AddUserAsync("ada");
        await servers.OpenAsync(ada);
        await servers.OpenAsync(ada);

        var refused = await servers.RefuseAsync(ada);
        Assert.Equal((429, "1008"), (refused.Status, refused.Values("x-ws-close-code").Single()));
        Assert.Equal(429, (await SendAsync(servers, ada)).Status);

        // The log renews them beyond their lifetime.
        for (var i = 0; i < 3; i++)
        {
            var entries = await EntriesAsync(servers);
            await Eventually.TrueAsync(async () => await EntriesAsync(servers) >= entries + (2 * Cap), "the log reports the sockets");
            servers.Time.Advance(TimeSpan.FromSeconds(60));
        }

        Assert.Equal(Cap, await RunningAsync(servers));
        await SocketServers.CloseAsync(servers.Sockets[0]);
        await UntilRunningAsync(servers, 1);

        // The caches are stale until the next poll of the store.
        await Eventually.TrueAsync(async () => (await SendAsync(servers, ada)).Status == 200, "a request passes");
    }

    [RequiresTheory("redis"), NewestEnvoy]
    public async Task EndInTheLogOfAnotherReplica_FreesTheLease(EnvoyRelease release)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var servers = await SocketServers.StartHereAsync(release, redis, Cap);
        var ada = await servers.AddUserAsync("ada");
        var end = new TaskCompletionSource();
        servers.Upstream.EventsMayGoOn = end.Task;
        using var first = await BeginAsync(servers, ada);
        using var second = await BeginAsync(servers, ada);
        Assert.Equal(429, (await SendAsync(servers, ada)).Status);
        Assert.Equal(Cap, servers.Upstream.Requests.Count);

        end.SetResult();

        await Eventually.TrueAsync(async () => (await SendAsync(servers, ada)).Status == 200, "a request may run again");
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Sends a request that runs until the upstream may go on.</summary>
    private async Task<HttpResponseMessage> BeginAsync(SocketServers servers, IssuedKey key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{servers.Port}/ws/sse");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key.Token);
        var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response;
    }

    private static Task<RawAnswer> SendAsync(SocketServers servers, IssuedKey key) =>
        RawHttp.SendAsync(servers.Port, "GET /ws/plain", $"Authorization: Bearer {key.Token}");

    private static async Task<double> EntriesAsync(SocketServers servers) =>
        (await SocketServers.MetricsAsync(servers.Receiver)).GetValueOrDefault("""authsidecar_access_log_entries_total{result="socket"}""");

    private static async Task<int> RunningAsync(SocketServers servers) =>
        (int)(await SocketServers.MetricsAsync(servers.Decider))["authsidecar_parallel_requests"];

    private static async Task UntilRunningAsync(SocketServers servers, int count) =>
        await Eventually.TrueAsync(async () => await RunningAsync(servers) == count, $"{count} requests run");
}
