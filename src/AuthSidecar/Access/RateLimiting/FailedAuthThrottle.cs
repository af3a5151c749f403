using System.Collections.Concurrent;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.Access.RateLimiting;

/// <summary>
/// Throttles store lookups for addresses (IPv6: networks of 64 bits) whose authentications fail too often. Cached keys, tokens rejected
/// without a lookup, and keys that authenticated here recently are not affected.
/// </summary>
/// <param name="options">The limit and the source of client addresses.</param>
/// <param name="cache">Bounds the number of remembered keys.</param>
/// <param name="metrics">Counters.</param>
/// <param name="time">The clock.</param>
/// <param name="shared">Shares the count with other replicas; null: a single replica.</param>
internal sealed class FailedAuthThrottle(
    LiveOptions<LimitsOptions> options,
    CacheOptions cache,
    LimitMetrics metrics,
    TimeProvider time,
    SharedFailures? shared = null
)
{
    private const int MostAddresses = 16_384;
    private const int LongestAddress = 64;
    private static readonly TimeSpan _window = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, AddressFailures> _addresses = new(StringComparer.Ordinal);
    private readonly RecentlyAuthenticatedKeys _passed = new(cache.Capacity);
    private readonly Lock _making = new();
    private readonly long _length = time.ToTimestamps(_window);

    /// <summary>Number of tracked addresses.</summary>
    public int AddressCount => _addresses.Count;

    /// <summary>The address that a failure of this request is counted for; null: not counted.</summary>
    public string? AddressOf(InboundRequest request)
    {
        var limits = options.Current;
        if (limits.FailedAuthPerMinute == 0)
        {
            return null;
        }

        var address = request.PeerAddress;
        if (
            limits.ClientAddress == ClientAddressSource.XEnvoyExternalAddress
            && request.Headers[KnownHeader.ExternalAddress] is { Length: > 0 } external
        )
        {
            address = external;
        }

        // Clients without an address cannot be told apart, so their failures are not counted.
        return address.Length is > 0 and <= LongestAddress ? address : null;
    }

    /// <summary>Whether an uncached token may be looked up for this address.</summary>
    public bool MayLookUp(string? address, TokenHash token)
    {
        if (UntilLookup(address) == TimeSpan.Zero || _passed.Contains(token))
        {
            return true;
        }

        metrics.CountLookupRefused();
        return false;
    }

    /// <summary>Records that a lookup authenticated the token.</summary>
    public void Passed(TokenHash token) => _passed.Add(token);

    /// <summary>Counts a failure of this address with <c>invalid_token</c>, with or without a lookup.</summary>
    public void Failed(string? address)
    {
        var permits = options.Current.FailedAuthPerMinute;
        if (address is null || permits == 0)
        {
            return;
        }

        var subscriber = ClientSubscriber.Of(address);
        var failures = Find(subscriber);
        if (failures.Add(permits, _length, time.GetTimestamp()))
        {
            shared?.Report(subscriber, permits, _window, wait => failures.BlockUntil(time.GetTimestamp() + time.ToTimestamps(wait)));
        }
    }

    /// <summary>Time until this address may cause a lookup; zero: now.</summary>
    public TimeSpan UntilLookup(string? address)
    {
        var permits = options.Current.FailedAuthPerMinute;
        return address is null || permits == 0 || !_addresses.TryGetValue(ClientSubscriber.Of(address), out var failures)
            ? TimeSpan.Zero
            : time.ToTimeSpan(failures.UntilLookup(permits, _length, time.GetTimestamp()));
    }

    private AddressFailures Find(string address)
    {
        if (_addresses.TryGetValue(address, out var known))
        {
            return known;
        }

        lock (_making)
        {
            if (_addresses.Count >= MostAddresses)
            {
                Evict();
            }

            return _addresses.GetOrAdd(address, static _ => new());
        }
    }

    // If none is idle, arbitrary ones are evicted: memory must stay bounded, and a limit per address cannot stop a flood from that many
    // addresses anyway.
    private void Evict()
    {
        var now = time.GetTimestamp();
        foreach (var (address, failures) in _addresses)
        {
            if (failures.IsIdle(now))
            {
                _addresses.TryRemove(address, out _);
            }
        }

        foreach (var (address, _) in _addresses.Take(_addresses.Count - (MostAddresses / 8 * 7)))
        {
            _addresses.TryRemove(address, out _);
        }
    }
}
