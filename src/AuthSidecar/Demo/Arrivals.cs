using System.Collections.Concurrent;
using System.Globalization;

namespace AuthSidecar.Demo;

/// <summary>Joins what a client sent with what arrived: each request carries a mark of its own.</summary>
internal sealed class Arrivals
{
    public const string Header = "x-demo-request";

    private readonly ConcurrentDictionary<string, SeenRequest?> _byMark = new();
    private int _last;

    /// <summary>A mark for a request that is about to be sent; requests without one are not kept.</summary>
    private string Expect()
    {
        var mark = Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
        _byMark[mark] = null;
        return mark;
    }

    public void Keep(SeenRequest request)
    {
        if (request.Headers.TryGetValue(Header, out var mark) && _byMark.ContainsKey(mark))
        {
            _byMark[mark] = request;
        }
    }

    /// <summary>Makes an exchange with a mark of its own and adds what arrived.</summary>
    public async Task<Exchange> WithAsync(Func<string, Task<Exchange>> send)
    {
        var mark = Expect();
        var exchange = await send(mark);
        var seen = Of(mark);
        return exchange with { Upstream = seen?.Headers, UpstreamTarget = seen?.Target };
    }

    private SeenRequest? Of(string mark) => _byMark.GetValueOrDefault(mark);
}
