using System.Collections.Concurrent;
using System.Diagnostics;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Lifecycle;

/// <summary>A client's result. Status 0: no response.</summary>
internal sealed record LoadAnswer(TimeSpan At, int Status, string DecisionId, string Problem);

/// <summary>Requests at a steady rate through Envoy, each sender on a separate connection.</summary>
internal sealed class SteadyLoad : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentQueue<LoadAnswer> _answers = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly HttpClient _http;
    private readonly HttpMethod _method;
    private readonly Task _senders;

    private SteadyLoad(Uri url, string token, int perSecond, HttpMethod method)
    {
        _method = method;
        _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };
        _http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        var senders = (int)(perSecond * Interval.TotalSeconds);
        _senders = Task.WhenAll(Enumerable.Range(0, senders).Select(sender => SendAsync(url, Interval * sender / senders)));
    }

    public IReadOnlyList<LoadAnswer> Answers => [.. _answers];

    public static SteadyLoad Start(int port, string token, string path = "/app/load", int perSecond = 1000, HttpMethod? method = null) =>
        new(new($"http://127.0.0.1:{port}{path}"), token, perSecond, method ?? HttpMethod.Get);

    /// <summary>Waits for this many more responses of this kind.</summary>
    public Task SeeAsync(int status, int count)
    {
        var since = _clock.Elapsed;
        return Eventually.TrueAsync(
            () => Task.FromResult(_answers.Count(answer => answer.At >= since && answer.Status == status) >= count),
            $"{count} answers {status}",
            seconds: 120
        );
    }

    /// <summary>Stops sending and waits for all responses.</summary>
    public async Task<IReadOnlyList<LoadAnswer>> StopAsync()
    {
        await _stop.CancelAsync();
        await _senders;
        return Answers;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task SendAsync(Uri url, TimeSpan first)
    {
        for (var next = first; !_stop.IsCancellationRequested; next += Interval)
        {
            if (next - _clock.Elapsed is { Ticks: > 0 } pause)
            {
                await Task.Delay(pause);
            }

            _answers.Enqueue(await CheckAsync(url));
        }
    }

    private async Task<LoadAnswer> CheckAsync(Uri url)
    {
        try
        {
            using var request = new HttpRequestMessage(_method, url);
            using var answer = await _http.SendAsync(request);
            var id = answer.Headers.TryGetValues("x-authsidecar-decision-id", out var ids) ? ids.Single() : "";
            var body = answer.IsSuccessStatusCode ? "" : await answer.Content.ReadAsStringAsync();
            return new(_clock.Elapsed, (int)answer.StatusCode, id, body);
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
        {
            return new(_clock.Elapsed, 0, "", fault.ToString());
        }
    }
}
