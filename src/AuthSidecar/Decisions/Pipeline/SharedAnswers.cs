namespace AuthSidecar.Decisions.Pipeline;

/// <summary>
/// All shared answers of a pipeline, bounded by their estimated bytes. An answer in use is not evicted for a new one, so that more callers
/// than fit cannot displace each other's answers with every request.
/// </summary>
internal sealed class SharedAnswers(long mostBytes)
{
    private const int MostVisits = 4;

    private readonly List<AnswerCache.Entry> _entries = [];
    private readonly Lock _writing = new();
    private long _bytes;
    private int _hand;

    /// <summary>Estimated memory of all answers.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <returns>False: no room, because the answers under the clock hand are in use.</returns>
    public bool TryAdd(AnswerCache.Slot slot, in AnswerCache.Key key, SharedAnswer answer)
    {
        lock (_writing)
        {
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
