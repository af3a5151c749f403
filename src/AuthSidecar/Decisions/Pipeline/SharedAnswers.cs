namespace AuthSidecar.Decisions.Pipeline;

/// <summary>
/// All shared answers of a pipeline, bounded by their estimated bytes. A full cache admits few newcomers, and none in place of an answer in
/// use: callers of which more ask than fit must not displace each other's answers with every request.
/// </summary>
internal sealed class SharedAnswers(long mostBytes)
{
    private const int NewcomersPerAdmission = 16;
    private const int MostVisits = 4;

    private readonly List<AnswerCache.Entry> _entries = [];
    private readonly Lock _writing = new();
    private long _bytes;
    private int _hand;
    private uint _newcomers;

    /// <summary>Estimated memory of all answers.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <returns>False: no room.</returns>
    public bool TryAdd(AnswerCache.Slot slot, in AnswerCache.Key key, SharedAnswer answer)
    {
        lock (_writing)
        {
            if (_bytes + answer.EstimatedBytes > mostBytes && _newcomers++ % NewcomersPerAdmission != 0)
            {
                return false;
            }

            for (var visits = 0; _bytes + answer.EstimatedBytes > mostBytes; visits++)
            {
                if (visits == MostVisits || _entries.Count == 0)
                {
                    return false;
                }

                Visit();
            }

            answer.Edits.TrimExcess();
            var entry = new AnswerCache.Entry(slot, key, answer) { Index = _entries.Count };
            _entries.Add(entry);
            _bytes += answer.EstimatedBytes;
            if (slot.Add(entry) is { } displaced)
            {
                Remove(displaced);
            }

            return true;
        }
    }

    private void Visit()
    {
        _hand = _hand + 1 < _entries.Count ? _hand + 1 : 0;
        var entry = _entries[_hand];
        if (entry.WasRead)
        {
            entry.WasRead = false;
            return;
        }

        entry.Slot.Remove(entry);
        Remove(entry);
    }

    private void Remove(AnswerCache.Entry entry)
    {
        var last = _entries[^1];
        last.Index = entry.Index;
        _entries[entry.Index] = last;
        _entries.RemoveAt(_entries.Count - 1);
        _bytes -= entry.Answer.EstimatedBytes;
    }
}
