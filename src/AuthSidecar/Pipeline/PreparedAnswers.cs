namespace AuthSidecar.Pipeline;

/// <summary>A small, lock-free memory of what was prepared for one identity under each policy. A reload makes new policies, so old entries fall out.</summary>
internal sealed class PreparedAnswers
{
    private const int Capacity = 4;
    private KeyValuePair<object, object>[] _entries = [];

    public T? Find<T>(object policy)
        where T : class
    {
        foreach (var entry in Volatile.Read(ref _entries))
        {
            if (ReferenceEquals(entry.Key, policy))
            {
                return entry.Value as T;
            }
        }

        return null;
    }

    // A lost race costs one more preparation, nothing else.
    public void Add(object policy, object answer)
    {
        var entries = Volatile.Read(ref _entries);
        Volatile.Write(ref _entries, [new(policy, answer), .. entries.Take(Capacity - 1)]);
    }
}
