using System.Collections.Concurrent;

namespace AuthSidecar.Access.Identities;

/// <summary>Shares equal values, up to a capacity: thousands of keys have a handful of scope lists.</summary>
internal sealed class Interner<T>(Func<string, T> make)
    where T : class
{
    private const int Capacity = 4096;
    private readonly ConcurrentDictionary<string, T> _known = new(StringComparer.Ordinal);

    public T Get(string text)
    {
        if (_known.TryGetValue(text, out var known))
        {
            return known;
        }

        if (_known.Count >= Capacity)
        {
            _known.Clear();
        }

        return _known.GetOrAdd(text, make);
    }
}
