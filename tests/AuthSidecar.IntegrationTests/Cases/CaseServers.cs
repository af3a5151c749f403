using System.Net.Sockets;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Corpus;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Cases;

/// <summary>One Envoy of each release, one upstream, and a sidecar for each configuration of the corpus. Cases run sequentially.</summary>
public sealed class CaseServers : IAsyncLifetime
{
    private const string DecisionId = "x-authsidecar-decision-id";

    private readonly SidecarHarnesses _harnesses = new();
    private readonly Dictionary<EnvoyRelease, EnvoyServer> _envoys = [];
    private EchoUpstream _upstream = null!;

    public async Task InitializeAsync() => _upstream = await EchoUpstream.StartAsync();

    public async Task DisposeAsync()
    {
        foreach (var envoy in _envoys.Values)
        {
            await envoy.DisposeAsync();
        }

        await _harnesses.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    /// <summary>Requests at the upstream since the last reset.</summary>
    internal int UpstreamCalls => _upstream.Requests.Count;

    /// <summary>The address of a case, for clients that send it themselves.</summary>
    internal async Task<(int Port, Vocabulary Vocabulary)> PrepareAsync(EnvoyRelease release, Case one) =>
        ((await EnvoyAsync(release)).Port(one.Given.Settings), (await _harnesses.ForAsync(one)).Vocabulary);

    internal async Task<(TestSupport.Corpus.Observation Seen, Vocabulary Vocabulary)> RunAsync(
        EnvoyRelease release,
        Case one,
        bool mayRestart = true
    )
    {
        var envoy = await EnvoyAsync(release);
        var vocabulary = (await _harnesses.ForAsync(one)).Vocabulary;
        Answer answer;
        try
        {
            for (var i = 0; i < one.Given.Before; i++)
            {
                var earlier = await RawExchange.SendAsync(envoy.Port(one.Given.Settings), RawExchange.Write(one, vocabulary));
                Assert.True(earlier.Text(DecisionId) is not null, $"The sidecar was not called for an earlier request: {earlier.Status}.");
            }

            _upstream.Forget();
            answer = await RawExchange.SendAsync(envoy.Port(one.Given.Settings), RawExchange.Write(one, vocabulary));
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            // The next case starts a new one.
            _envoys.Remove(release);
            var wasEnded = envoy.Log.Any(line => line.Contains("ENVOY_SIGTERM", StringComparison.Ordinal));
            await envoy.DisposeAsync();
            if (wasEnded && mayRestart)
            {
                // Another process on this machine ended it; a crash would leave a different line.
                return await RunAsync(release, one, mayRestart: false);
            }

            throw new InvalidOperationException("Envoy broke off:\n" + string.Join('\n', envoy.Log.TakeLast(40)), failure);
        }

        var calls = _upstream.Requests;
        Assert.True(calls.Count <= 1, $"The upstream was called {calls.Count} times.");
        return (
            new()
            {
                Transport = Transport.Envoy,
                Client = answer,
                Upstream = calls is [var call] ? Forwarded(call) : null,
                Closed = RawExchange.ReadClose(answer),
            },
            vocabulary
        );
    }

    private static Forwarded Forwarded(EchoedRequest call) =>
        new(call.Method, call.Target, [.. call.Headers.Select(header => new HeaderLine(header.Name, header.Value))]);

    private async Task<EnvoyServer> EnvoyAsync(EnvoyRelease release)
    {
        if (_envoys.TryGetValue(release, out var running))
        {
            return running;
        }

        var sidecars = new Dictionary<string, (int Check, int Closer)>();
        foreach (var one in CorpusFiles.Cases.DistinctBy(one => one.Given.Settings))
        {
            var harness = await _harnesses.ForAsync(one);
            sidecars[one.Given.Settings] = (harness.CheckPort, harness.CloserPort);
        }

        var envoy = _envoys[release] = await EnvoyServer.StartAsync(release, CaseEnvoyConfig.Build(sidecars, _upstream.Port));
        foreach (var settings in sidecars.Keys)
        {
            await WaitUntilCheckedAsync(envoy.Port(settings));
        }

        return envoy;
    }

    // Until a sidecar passes its first health check, Envoy answers without calling it.
    private static async Task WaitUntilCheckedAsync(int port)
    {
        for (var attempt = 0; attempt < 300; attempt++)
        {
            var answer = await RawExchange.SendAsync(port, "GET /probe HTTP/1.1\r\nHost: nowhere.test\r\nConnection: close\r\n\r\n");
            if (answer.Text(DecisionId) is not null)
            {
                return;
            }

            await Task.Delay(50);
        }

        throw new TimeoutException("The sidecar was never called.");
    }
}
