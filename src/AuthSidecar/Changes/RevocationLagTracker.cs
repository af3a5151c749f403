using AuthSidecar.Storage;

namespace AuthSidecar.Changes;

/// <summary>Which changes have been heard of ahead of the table, so that each is measured once, by whichever way was first.</summary>
internal sealed class RevocationLagTracker(InvalidationMetrics metrics)
{
    private const int Most = 100_000;

    private readonly Lock _lock = new();
    private readonly HashSet<long> _ahead = [];
    private long? _position;

    /// <summary>Made by this process: effective before anybody could measure it.</summary>
    public void Make(IEnumerable<CacheInvalidation> invalidations) => Note(invalidations, isMeasured: false);

    public void Receive(IEnumerable<CacheInvalidation> invalidations) => Note(invalidations, isMeasured: true);

    /// <summary>The table up to there has been read.</summary>
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

            // Less than before: another database.
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
                if (_position is { } position && invalidation.Sequence > position && _ahead.Count < Most && _ahead.Add(invalidation.Sequence) && isMeasured)
                {
                    metrics.Measure(invalidation);
                }
            }
        }
    }
}
