using AuthSidecar.Decisions.Metadata;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Hashing;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// Decision ids of requests that Envoy can repeat, with a key derived from the first pepper: replicas derive the same id, and a client
/// cannot predict one.
/// </summary>
internal sealed class RepeatIds(KeyHasher peppers, TimeProvider time)
{
    // Beyond it one of the clocks is wrong, and the id would begin with a wrong time.
    private static readonly TimeSpan _mostBetweenClocks = TimeSpan.FromHours(1);

    private volatile Keyring? _key;

    /// <returns>Null: repeats of the request cannot be recognized.</returns>
    public string? Of(RepeatKey request)
    {
        if (!request.IsKnown)
        {
            return null;
        }

        var received = TimeSpan.FromTicks(request.Time / TimeSpan.NanosecondsPerTick);
        return (time.GetUtcNow() - DateTimeOffset.UnixEpoch - received).Duration() < _mostBetweenClocks
            ? DecisionIds.Of(request, Key())
            : null;
    }

    private SipKey Key()
    {
        var generation = peppers.Generation;
        if (_key is { } known && ReferenceEquals(known.Generation, generation))
        {
            return known.Key;
        }

        _key = new(generation, SipKey.From(peppers.Derive("authsidecar decision id v1"u8)[0]));
        return _key.Key;
    }

    private sealed record Keyring(object Generation, SipKey Key);
}
