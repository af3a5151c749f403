using System.Numerics;
using AuthSidecar.Platform.Hashing;

namespace AuthSidecar.Access.RateLimiting;

/// <summary>
/// Keys that authenticated recently, 8 bytes of hash each, in bounded memory with eviction. A collision of those 8 bytes permits a lookup
/// and nothing more.
/// </summary>
internal sealed class RecentlyAuthenticatedKeys
{
    private const int Ways = 8;
    private const int Largest = 1 << 20;

    private readonly ulong[] _prefixes;
    private int _next;

    /// <param name="capacity">Approximate number of keys.</param>
    public RecentlyAuthenticatedKeys(int capacity) =>
        _prefixes = new ulong[Math.Max(Ways, (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(capacity, Largest)))];

    public void Add(TokenHash hash)
    {
        var set = SetOf(hash);
        for (var way = 0; way < Ways; way++)
        {
            ref var slot = ref _prefixes[set + way];
            if (Volatile.Read(ref slot) == hash.Prefix || Interlocked.CompareExchange(ref slot, hash.Prefix, 0) == 0)
            {
                return;
            }
        }

        Volatile.Write(ref _prefixes[set + (int)((uint)Interlocked.Increment(ref _next) % Ways)], hash.Prefix);
    }

    public bool Contains(TokenHash hash)
    {
        var set = SetOf(hash);
        for (var way = 0; way < Ways; way++)
        {
            if (Volatile.Read(ref _prefixes[set + way]) == hash.Prefix)
            {
                return true;
            }
        }

        return false;
    }

    private int SetOf(TokenHash hash) => (int)(hash.Prefix >> 32) & (_prefixes.Length - Ways);
}
