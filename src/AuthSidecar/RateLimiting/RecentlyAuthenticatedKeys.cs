using System.Numerics;
using AuthSidecar.Keys;

namespace AuthSidecar.RateLimiting;

/// <summary>
/// Remembers keys that authenticated, 8 bytes of hash each, in bounded memory; once it is full, a new one displaces an older one. Who is taken for another by those 8 bytes gets a look-up and nothing more.
/// </summary>
internal sealed class RecentlyAuthenticatedKeys
{
    private const int Ways = 8;
    private const int Largest = 1 << 20;

    private readonly ulong[] _prefixes;
    private int _next;

    /// <param name="capacity">About how many keys are remembered.</param>
    public RecentlyAuthenticatedKeys(int capacity) => _prefixes = new ulong[Math.Max(Ways, (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(capacity, Largest)))];

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
