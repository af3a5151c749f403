using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>Measures the lag of each invalidation once, at its first arrival; remembers those that arrived ahead of the table.</summary>
internal sealed class RevocationLagTracker(InvalidationMetrics metrics)
{
    private const int Most = 100_000;

    private readonly Lock _lock = new();
    private readonly HashSet<long> _ahead = [];
    private long? _position;

    /// <summary>Invalidations of this process: already applied, so not measured.</summary>
    public void Make(IEnumerable<CacheInvalidation> invalidations) => Note(invalidations, isMeasured: false);

    public void Receive(IEnumerable<CacheInvalidation> invalidations) => Note(invalidations, isMeasured: true);

    /// <summary>Invalidations read from the table, up to <paramref name="position"/>.</summary>
    public void Read(long position, IEnumerable<CacheInvalidation> invalidations)
    {
        lock (_lock)
        {
            foreach (var invalidation in invalidations)
            {
                if (!_ahead.Contains(invalidation.Sequence))
                {
                    metrics.Measure(invalidation);
                }
            }

            // A smaller position means another database.
            if (position < _position)
            {
                _ahead.Clear();
            }

            _position = position;
            _ahead.RemoveWhere(sequence => sequence <= position);
        }
    }

    private void Note(IEnumerable<CacheInvalidation> invalidations, bool isMeasured)
    {
        lock (_lock)
        {
            foreach (var invalidation in invalidations)
            {
                if (
                    _position is { } position
                    && invalidation.Sequence > position
                    && _ahead.Count < Most
                    && _ahead.Add(invalidation.Sequence)
                    && isMeasured
                )
                {
                    metrics.Measure(invalidation);
                }
            }
        }
    }
}
