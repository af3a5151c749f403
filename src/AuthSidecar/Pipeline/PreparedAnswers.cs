namespace AuthSidecar.Pipeline;

/// <summary>A small, lock-free memory of what was prepared for one identity under each policy, for each app and restriction of codings. A reload makes new policies and a change new facts of an app, so old entries fall out.</summary>
internal sealed class PreparedAnswers
{
    private const int Capacity = 4;
    private Entry[] _entries = [];

    public T? Find<T>(object policy, AppFacts? app = null, string? codings = null)
        where T : class
    {
        foreach (var entry in Volatile.Read(ref _entries))
        {
            if (ReferenceEquals(entry.Policy, policy) && ReferenceEquals(entry.App, app) && ReferenceEquals(entry.Codings, codings))
            {
                return entry.Answer as T;
            }
        }

        return null;
    }

    // A lost race costs one more preparation, nothing else.
    public void Add(object policy, object answer, AppFacts? app = null, string? codings = null)
    {
        var entries = Volatile.Read(ref _entries);
        Volatile.Write(ref _entries, [new(policy, app, codings, answer), .. entries.Take(Capacity - 1)]);
    }

    private readonly record struct Entry(object Policy, AppFacts? App, string? Codings, object Answer);
}
