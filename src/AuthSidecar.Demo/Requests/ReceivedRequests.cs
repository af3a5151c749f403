using System.Collections.Concurrent;
using System.Globalization;
using AuthSidecar.Demo.Upstream;

namespace AuthSidecar.Demo.Requests;

/// <summary>Correlates requests that the client sends with those that the upstream receives, by an id in a header.</summary>
internal sealed class ReceivedRequests
{
    public const string Header = "x-demo-request";

    private readonly ConcurrentDictionary<string, SeenRequest?> _byId = new();
    private int _last;

    /// <summary>Records a request that the upstream received; those without a known id are ignored.</summary>
    public void Add(SeenRequest request)
    {
        if (request.Headers.TryGetValue(Header, out var id) && _byId.ContainsKey(id))
        {
            _byId[id] = request;
        }
    }

    /// <summary>Sends a request with a new id and adds what the upstream received to the result.</summary>
    public async Task<Exchange> CorrelateAsync(Func<string, Task<Exchange>> send)
    {
        var id = Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
        _byId[id] = null;
        var exchange = await send(id);
        var seen = _byId.GetValueOrDefault(id);
        return exchange with { Upstream = seen?.Headers, UpstreamTarget = seen?.Target };
    }
}
