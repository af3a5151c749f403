using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>Invalidations that arrived ahead of the table, so that the lag of each is measured once, at its first arrival.</summary>
internal sealed class RevocationLagTracker(InvalidationMetrics metrics)
{
    private const int Most = 100_000;

    private readonly Lock _lock = new();
    private readonly HashSet<long> _ahead = [];
    private long? _position;

    /// <summary>Made by this process: already applied, so not measured.</summary>
    public void Make(IEnumerable<CacheInvalidation> invalidations) => Note(invalidations, isMeasured: false);

    public void Receive(IEnumerable<CacheInvalidation> invalidations) => Note(invalidations, isMeasured: true);

    /// <summary>The table was read up to <paramref name="position"/>.</summary>
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

            // A position that went back means another database.
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
