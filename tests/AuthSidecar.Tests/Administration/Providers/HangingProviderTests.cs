using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using AuthSidecar.Administration.Providers;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Corpus;
using AuthSidecar.TestSupport.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Administration.Providers;

/// <summary>A provider that takes connections and answers late or never.</summary>
public sealed class HangingProviderTests
{
    private const string Discovery = "/.well-known/openid-configuration";

    /// <summary>Each read takes 10 s to fail, so that callers in a queue would wait for over a minute.</summary>
    [Fact]
    public async Task Callers_DoNotQueue()
    {
        using var provider = new TcpListener(IPAddress.Loopback, 0);
        provider.Start();
        await using var console = await ConsoleHost.StartAsync(settings =>
        {
            settings["Console"] = new JsonObject { ["PublicUrl"] = ProviderSite.PublicUrl };
            settings["Login"] = new JsonArray(
                new JsonObject
                {
                    ["Name"] = "one",
                    ["Issuer"] = $"http://{provider.LocalEndpoint}",
                    ["ClientId"] = "x",
                    ["ClientSecret"] = "a secret at the provider",
                }
            );
        });
        using var person = console.Open();
        await person.OpenAsync("/ui/login");
        using var stranger = console.Open();
        var address = new Uri(console.Address, "/auth/oidc/one/backchannel-logout").AbsoluteUri;

        var answers = await Task.WhenAll([
                person.PostFormAsync("/ui/login/one", new() { ["return"] = "" }),
                .. Enumerable
                    .Range(0, 8)
                    .Select(_ => stranger.SendAsync(HttpMethod.Post, address, new FormUrlEncodedContent([new("logout_token", "x")]))),
            ])
            .WaitAsync(TimeSpan.FromSeconds(20));

        Assert.All(answers, answer => Assert.Equal(503, answer.Status));
    }

    [Fact]
    public async Task OneRead_ServesAllCallers_AndBelongsToNone()
    {
        await using var provider = await ScriptedProvider.StartAsync();
        var (gate, requests) = Hold(provider);
        var time = new FakeTimeProvider();
        using var http = new HttpClient();
        var document = Create(provider, http, time);
        using var cancellation = new CancellationTokenSource();

        var cancelled = document.FindAsync(cancellation.Token);
        var callers = Enumerable.Range(0, 8).Select(_ => document.FindAsync(CancellationToken.None)).ToList();
        var handler = document.GetConfigurationAsync(CancellationToken.None);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.DoesNotContain(callers, caller => caller.IsCompleted);
        time.Advance(DiscoveryDocument.Patience);
        Assert.All(await Task.WhenAll(callers), Assert.Null);
        await Assert.ThrowsAsync<InvalidOperationException>(() => handler);

        var late = document.FindAsync(CancellationToken.None);
        gate.SetResult();
        Assert.Equal(provider.Issuer, (await late)?.Issuer);
        Assert.Same(await late, await document.GetConfigurationAsync(CancellationToken.None));
        Assert.Single(requests, Discovery);
    }

    [Fact]
    public async Task AfterAFailure_NoReadBegins_ForFiveSeconds()
    {
        await using var provider = await ScriptedProvider.StartAsync();
        var requests = new ConcurrentQueue<string>();
        provider.Before = path =>
        {
            requests.Enqueue(path);
            return Task.CompletedTask;
        };
        provider.IsUp = false;
        var time = new FakeTimeProvider();
        using var http = new HttpClient();
        var document = Create(provider, http, time);

        Assert.Null(await document.FindAsync(CancellationToken.None));
        provider.IsUp = true;
        var failed = requests.Count;
        Assert.Null(await document.FindAsync(CancellationToken.None));
        Assert.Equal(failed, requests.Count);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.NotNull(await document.FindAsync(CancellationToken.None));
    }

    [Fact]
    public async Task KnownDocument_IsServedAtOnce_WhileARefreshHangs()
    {
        await using var provider = await ScriptedProvider.StartAsync();
        var time = new FakeTimeProvider();
        using var http = new HttpClient();
        var document = Create(provider, http, time);
        var known = await document.FindAsync(CancellationToken.None);
        Assert.NotNull(known);

        var (gate, _) = Hold(provider);
        time.Advance(TimeSpan.FromHours(1));
        foreach (var _ in Enumerable.Range(0, 3))
        {
            var found = document.FindAsync(CancellationToken.None);
            Assert.True(found.IsCompleted);
            Assert.Same(known, await found);
            Assert.True(document.GetBaseConfigurationAsync(CancellationToken.None).IsCompleted);
        }

        gate.SetResult();
        await Eventually.TrueAsync(
            async () => !ReferenceEquals(known, await document.FindAsync(CancellationToken.None)),
            "the document is refreshed"
        );
    }

    [Fact]
    public async Task RequestedRefresh_BringsTheNewKeys_AndHoldsUpNoCaller()
    {
        await using var provider = await ScriptedProvider.StartAsync();
        using var http = new HttpClient();
        var document = Create(provider, http, new());
        var known = await document.FindAsync(CancellationToken.None);

        var (gate, requests) = Hold(provider);
        provider.Key = IssuerKey.NewRsa("provider-2");
        document.RequestRefresh();
        var found = document.GetBaseConfigurationAsync(CancellationToken.None);
        Assert.True(found.IsCompleted);
        Assert.Same(known, await found);
        gate.SetResult();
        await Eventually.TrueAsync(
            async () => (await document.GetBaseConfigurationAsync(CancellationToken.None)).SigningKeys.Single().KeyId == "provider-2",
            "the new keys are read"
        );

        // Forged tokens cause a read each half minute, not each time.
        document.RequestRefresh();
        await document.FindAsync(CancellationToken.None);
        Assert.Single(requests, Discovery);
    }

    private static (TaskCompletionSource Gate, ConcurrentQueue<string> Requests) Hold(ScriptedProvider provider)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var requests = new ConcurrentQueue<string>();
        provider.Before = path =>
        {
            requests.Enqueue(path);
            return gate.Task;
        };
        return (gate, requests);
    }

    private static DiscoveryDocument Create(ScriptedProvider provider, HttpClient http, FakeTimeProvider time) =>
        new(provider.Issuer, http, null, time, NullLogger<DiscoveryDocument>.Instance);
}
