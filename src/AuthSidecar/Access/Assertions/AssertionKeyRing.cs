using System.Collections.Frozen;
using System.Security.Cryptography;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Access.Assertions;

/// <summary>
/// The signing keys of the previous, the current and the next period, shared by all replicas through the store: the first replica creates a
/// key, the others read it. A key is published one period before and one period after it signs, so a key set that is cached for less than a
/// day always contains it.
/// </summary>
internal sealed partial class AssertionKeyRing(Store store, KeySealer sealer, TimeProvider time, ILogger<AssertionKeyRing> logger)
{
    private static readonly TimeSpan _retry = TimeSpan.FromSeconds(1);

    private readonly Lock _starting = new();
    private readonly OutageLog _outage = new(time);
    private volatile FrozenDictionary<long, SignatureKey> _keys = FrozenDictionary<long, SignatureKey>.Empty;
    private Task<bool>? _loading;
    private bool _mayCreate;
    private long _began;

    /// <summary>How long one key signs.</summary>
    public static TimeSpan Period { get; } = TimeSpan.FromHours(24);

    /// <summary>The key of this period; null: not loaded yet.</summary>
    public SignatureKey? Current => _keys.GetValueOrDefault(Now());

    /// <summary>The keys of valid assertions, and the next one.</summary>
    public IReadOnlyList<SignatureKey> Published =>
        [.. Around(Now()).Select(period => _keys.GetValueOrDefault(period)).OfType<SignatureKey>()];

    /// <summary>Loads the keys, at most once per second.</summary>
    /// <param name="mayCreate">Creates missing keys.</param>
    /// <returns>False when the store is unavailable.</returns>
    public Task<bool> LoadAsync(bool mayCreate)
    {
        lock (_starting)
        {
            if (_loading is not null && (_mayCreate || !mayCreate) && (!_loading.IsCompleted || time.GetElapsedTime(_began) < _retry))
            {
                return _loading;
            }

            (_began, _mayCreate) = (time.GetTimestamp(), mayCreate);
            return _loading = Task.Run(() => TryReadAsync(mayCreate));
        }
    }

    private static IEnumerable<long> Around(long period) => [period - 1, period, period + 1];

    private long Now() => time.GetUtcNow().ToUnixTimeSeconds() / (long)Period.TotalSeconds;

    private async Task<bool> TryReadAsync(bool mayCreate)
    {
        try
        {
            await ReadAsync(Now(), mayCreate);
            if (_outage.Recover() is { } outage)
            {
                LogAvailable(outage.Duration, outage.Failures);
            }

            return true;
        }
        catch (Exception exception)
        {
            // Waiting requests need a result; loaded keys remain in use.
            if (_outage.Fail())
            {
                LogUnavailable(exception);
            }

            return false;
        }
    }

    private async Task ReadAsync(long period, bool mayCreate)
    {
        await using var context = store.Open();
        var keys = new Dictionary<long, SignatureKey>();
        foreach (var one in Around(period))
        {
            var key = await FindAsync(context, one);
            if (key is null && mayCreate && one >= period)
            {
                key = await CreateAsync(context, one);
            }

            if (key is not null)
            {
                keys[one] = key;
            }
        }

        lock (_starting)
        {
            // Reads may overlap, and the older one may miss keys that the newer one loaded.
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

        // Already loaded.
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

    private async Task<SignatureKey?> CreateAsync(SidecarDbContext context, long period)
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

        // Expired keys are deleted; a row that no pepper decrypts is replaced.
        var oldest = period - 2;
        await context.AssertionKeys.Where(other => other.Period < oldest).ExecuteDeleteAsync();
        if (await ReplaceAsync(context, row) == 0)
        {
            context.AssertionKeys.Add(row);
            try
            {
                await context.SaveChangesAsync();
                LogCreated(keyId);
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

    [LoggerMessage(Level = LogLevel.Information, Message = "Assertion key {KeyId} created.")]
    private partial void LogCreated(string keyId);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Assertion key {KeyId} cannot be decrypted with any of Auth:Peppers; it is replaced when needed. Replicas must share "
            + "their peppers."
    )]
    private partial void LogUnreadable(string keyId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Assertion keys unavailable; using the loaded ones until their period ends.")]
    private partial void LogUnavailable(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Assertion keys available again after {Duration}; {Failures} attempts failed.")]
    private partial void LogAvailable(TimeSpan duration, long failures);
}
