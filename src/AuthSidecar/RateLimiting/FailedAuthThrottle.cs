using System.Collections.Concurrent;
using AuthSidecar.Configuration;
using AuthSidecar.Keys;
using AuthSidecar.Pipeline;
using AuthSidecar.Policies;
using AuthSidecar.Timing;

namespace AuthSidecar.RateLimiting;

/// <summary>
/// Keeps an address whose authentications fail too often from the store. Only look-ups are refused: what is remembered, what is refused unread, and keys that authenticated here before are not touched.
/// </summary>
/// <param name="settings">The limit and whose address it is.</param>
/// <param name="metrics">Counts.</param>
/// <param name="time">The clock.</param>
/// <param name="shared">Shares the count with other replicas; null: there are none.</param>
internal sealed class FailedAuthThrottle(SettingsMonitor settings, LimitMetrics metrics, TimeProvider time, SharedFailures? shared = null)
{
    private const int MostAddresses = 16_384;
    private const int LongestAddress = 64;
    private static readonly TimeSpan _window = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, AddressFailures> _addresses = new(StringComparer.Ordinal);
    private readonly RecentlyAuthenticatedKeys _passed = new(settings.Current.Settings.Cache.Capacity);
    private readonly Lock _making = new();
    private readonly long _length = time.ToTimestamps(_window);

    /// <summary>How many addresses are remembered.</summary>
    public int AddressCount => _addresses.Count;

    /// <summary>The address that a request's failures are counted for; null: nothing is counted.</summary>
    public string? AddressOf(InboundRequest request)
    {
        var limits = settings.Current.Settings.Limits;
        if (limits.FailedAuthPerMinute == 0)
        {
            return null;
        }

        var address = request.PeerAddress;
        if (limits.ClientAddress == ClientAddressSource.XEnvoyExternalAddress && request.Headers[KnownHeader.ExternalAddress] is { Length: > 0 } external)
        {
            address = external;
        }

        // Who has none cannot be told from others who have none.
        return address.Length is > 0 and <= LongestAddress ? address : null;
    }

    /// <summary>Whether a token that is not remembered may be looked up for this address.</summary>
    public bool MayLookUp(string? address, TokenHash token)
    {
        if (UntilLookup(address) == TimeSpan.Zero || _passed.Contains(token))
        {
            return true;
        }

        metrics.CountLookupRefused();
        return false;
    }

    /// <summary>A look-up found the token good.</summary>
    public void Passed(TokenHash token) => _passed.Add(token);

    /// <summary>An authentication of this address failed with <c>invalid_token</c>, read or unread.</summary>
    public void Failed(string? address)
    {
        var permits = settings.Current.Settings.Limits.FailedAuthPerMinute;
        if (address is null || permits == 0)
        {
            return;
        }

        var failures = Find(address);
        if (failures.Add(permits, _length, time.GetTimestamp()))
        {
            shared?.Tell(address, permits, _window, wait => failures.BlockUntil(time.GetTimestamp() + time.ToTimestamps(wait)));
        }
    }

    /// <summary>How long until this address may look something up; 0: now.</summary>
    public TimeSpan UntilLookup(string? address)
    {
        var permits = settings.Current.Settings.Limits.FailedAuthPerMinute;
        return address is null || permits == 0 || !_addresses.TryGetValue(address, out var failures)
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
                MakeRoom();
            }

            return _addresses.GetOrAdd(address, static _ => new());
        }
    }

    // When all of them still count, any must go: memory has an end, and a flood from that many addresses is not held up by counting each.
    private void MakeRoom()
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
