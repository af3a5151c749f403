using System.Collections.Frozen;
using System.Security.Cryptography;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Access.Assertions;

/// <summary>
/// The keys of this period, the last and the next, shared by all replicas through the store: whoever is first makes one, the others read
/// it. The next is made and
/// published a whole period ahead and the last stays published for one, so whoever remembers the published keys for less than a day never
/// lacks one.
/// </summary>
internal sealed partial class AssertionKeyRing(Store store, KeySealer sealer, TimeProvider time, ILogger<AssertionKeyRing> logger)
{
    private static readonly TimeSpan _retry = TimeSpan.FromSeconds(1);

    private readonly Lock _starting = new();
    private readonly OutageLog _outage = new(time);
    private volatile FrozenDictionary<long, SignatureKey> _keys = FrozenDictionary<long, SignatureKey>.Empty;
    private Task<bool>? _loading;
    private bool _isMaking;
    private long _began;

    /// <summary>How long one key signs.</summary>
    public static TimeSpan Period { get; } = TimeSpan.FromHours(24);

    /// <summary>The key of this period, or null before it was read.</summary>
    public SignatureKey? Current => _keys.GetValueOrDefault(Now());

    /// <summary>What may have signed an assertion that is still valid, and what soon will.</summary>
    public IReadOnlyList<SignatureKey> Published =>
        [.. Around(Now()).Select(period => _keys.GetValueOrDefault(period)).OfType<SignatureKey>()];

    /// <summary>Reads the keys, unless that was done within the last second.</summary>
    /// <param name="mayMake">Makes what is missing.</param>
    /// <returns>True when the store answered.</returns>
    public Task<bool> LoadAsync(bool mayMake)
    {
        lock (_starting)
        {
            if (_loading is not null && (_isMaking || !mayMake) && (!_loading.IsCompleted || time.GetElapsedTime(_began) < _retry))
            {
                return _loading;
            }

            (_began, _isMaking) = (time.GetTimestamp(), mayMake);
            return _loading = Task.Run(() => TryReadAsync(mayMake));
        }
    }

    private static IEnumerable<long> Around(long period) => [period - 1, period, period + 1];

    private long Now() => time.GetUtcNow().ToUnixTimeSeconds() / (long)Period.TotalSeconds;

    private async Task<bool> TryReadAsync(bool mayMake)
    {
        try
        {
            await ReadAsync(Now(), mayMake);
            if (_outage.Recover() is { } outage)
            {
                LogAnswers(outage.Duration, outage.Failures);
            }

            return true;
        }
        catch (Exception exception)
        {
            // Whoever waits must get an answer; keys that were read go on signing.
            if (_outage.Fail())
            {
                LogSilent(exception);
            }

            return false;
        }
    }

    private async Task ReadAsync(long period, bool mayMake)
    {
        await using var context = store.Open();
        var keys = new Dictionary<long, SignatureKey>();
        foreach (var one in Around(period))
        {
            var key = await FindAsync(context, one);
            if (key is null && mayMake && one >= period)
            {
                key = await MakeAsync(context, one);
            }

            if (key is not null)
            {
                keys[one] = key;
            }
        }

        lock (_starting)
        {
            // Of two reads at once the one that began first may know less.
            foreach (var known in _keys.Where(known => known.Key >= period - 1 && known.Key <= period + 1))
            {
                keys.TryAdd(known.Key, known.Value);
            }

            _keys = keys.ToFrozenDictionary();
        }
    }

    private async Task<SignatureKey?> FindAsync(SidecarDbContext context, long period)
    {
        var row = await context.AssertionKeys.AsNoTracking().SingleOrDefaultAsync(key => key.Period == period);
        if (row is null)
        {
            return null;
        }

        // The one that signs already is the same key.
        if (_keys.GetValueOrDefault(period) is { } known && known.KeyId == row.KeyId)
        {
            return known;
        }

        if (sealer.Open(row) is not { } opened)
        {
            LogUnreadable(row.KeyId);
            return null;
        }

        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(opened, out _);
        CryptographicOperations.ZeroMemory(opened);
        return new(row.KeyId, key);
    }

    private async Task<SignatureKey?> MakeAsync(SidecarDbContext context, long period)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var plain = key.ExportPkcs8PrivateKey();
        var keyId = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var row = new AssertionKey
        {
            Period = period,
            KeyId = keyId,
            Sealed = sealer.Seal(period, keyId, plain),
            CreatedAt = Instant.Now(time),
        };
        CryptographicOperations.ZeroMemory(plain);

        // What is there and no pepper opens is of use to nobody.
        var oldest = period - 2;
        await context.AssertionKeys.Where(other => other.Period < oldest).ExecuteDeleteAsync();
        if (await ReplaceAsync(context, row) == 0)
        {
            context.AssertionKeys.Add(row);
            try
            {
                await context.SaveChangesAsync();
                LogMade(keyId);
            }
            catch (DbUpdateException exception) when (store.IsTaken(exception))
            {
                // Another replica was first.
            }

            context.ChangeTracker.Clear();
        }

        return await FindAsync(context, period);
    }

    private async Task<int> ReplaceAsync(SidecarDbContext context, AssertionKey row)
    {
        var there = await context.AssertionKeys.AsNoTracking().SingleOrDefaultAsync(key => key.Period == row.Period);
        return there is null || sealer.Open(there) is not null
            ? 0
            : await context
                .AssertionKeys.Where(key => key.Period == row.Period && key.KeyId == there.KeyId)
                .ExecuteUpdateAsync(set =>
                    set.SetProperty(key => key.KeyId, row.KeyId)
                        .SetProperty(key => key.Sealed, row.Sealed)
                        .SetProperty(key => key.CreatedAt, row.CreatedAt)
                );
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Assertion key {KeyId} was made.")]
    private partial void LogMade(string keyId);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Assertion key {KeyId} opens with none of Auth:Peppers; where it is needed another takes its place. Replicas must "
            + "share their peppers."
    )]
    private partial void LogUnreadable(string keyId);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The keys of callers' assertions cannot be read or made; those that were read go on until their period ends."
    )]
    private partial void LogSilent(Exception exception);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The keys of callers' assertions can be read again after {Duration}; {Failures} attempts failed."
    )]
    private partial void LogAnswers(TimeSpan duration, long failures);
}
