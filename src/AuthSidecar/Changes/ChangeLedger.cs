using AuthSidecar.Storage;

namespace AuthSidecar.Changes;

/// <summary>Which changes have been heard of ahead of the table, so that each is measured once, by whichever way was first.</summary>
internal sealed class ChangeLedger(ChangeMetrics metrics)
{
    private const int Most = 100_000;

    private readonly Lock _lock = new();
    private readonly HashSet<long> _ahead = [];
    private long? _position;

    /// <summary>Made by this process: effective before anybody could measure it.</summary>
    public void Make(IEnumerable<Change> changes) => Note(changes, isMeasured: false);

    public void Receive(IEnumerable<Change> changes) => Note(changes, isMeasured: true);

    /// <summary>The table up to there has been read.</summary>
    public void Read(long position, IEnumerable<Change> changes)
    {
        lock (_lock)
        {
            foreach (var change in changes)
            {
                if (!_ahead.Contains(change.Sequence))
                {
                    metrics.Measure(change);
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

    private void Note(IEnumerable<Change> changes, bool isMeasured)
    {
        lock (_lock)
        {
            foreach (var change in changes)
            {
                if (_position is { } position && change.Sequence > position && _ahead.Count < Most && _ahead.Add(change.Sequence) && isMeasured)
                {
                    metrics.Measure(change);
                }
            }
        }
    }
}
