using System.Linq.Expressions;
using AuthSidecar.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Keys;

/// <summary>Finds a key and its owner in one statement, so that both are of the same moment.</summary>
internal sealed class KeyReader(Store store, TimeProvider time) : IDisposable
{
    private const int CommandSeconds = 1;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    // Each instance's own: a compiled query is bound to one kind of database.
    private readonly Func<SidecarDbContext, string, CancellationToken, Task<KeyRecord?>> _findById = EF.CompileAsyncQuery(
        (SidecarDbContext context, string id, CancellationToken _) =>
            context.ApiKeys.Where(key => key.Id == id).Select(ToRecord).SingleOrDefault());

    private readonly Func<SidecarDbContext, byte[], CancellationToken, Task<KeyRecord?>> _findByHash = EF.CompileAsyncQuery(
        (SidecarDbContext context, byte[] hash, CancellationToken _) =>
            context.ApiKeys.Where(key => key.Hash == hash).Select(ToRecord).SingleOrDefault());

    private readonly SemaphoreSlim _slots = new(4 * Environment.ProcessorCount);

    private static Expression<Func<ApiKey, KeyRecord>> ToRecord => key => new KeyRecord
    {
        Id = key.Id,
        Hash = key.Hash,
        Format = key.Format,
        IsHashImported = key.IsHashImported,
        UserId = key.UserId,
        ExternalIssuer = key.ExternalIssuer,
        ExternalSubject = key.ExternalSubject,
        Scopes = key.Scopes,
        Models = key.Models,
        Tenant = key.Tenant,
        Subject = key.Subject,
        Permits = key.Permits,
        Window = key.Window,
        ExpiresAt = key.ExpiresAt,
        RevokedAt = key.RevokedAt,
        ExpiredAt = key.ExpiredAt,
        LastUsedAt = key.LastUsedAt,
        Username = key.User!.Name,
        UserStatus = (UserStatus?)key.User.Status,
        IsSystemUser = (bool?)key.User.IsSystem,
    };

    /// <exception cref="StoreUnavailableException">Nothing is known, in time, about the key.</exception>
    public Task<KeyRecord?> FindAsync(string id, CancellationToken cancellationToken) =>
        RunAsync(context => _findById(context, id, CancellationToken.None), cancellationToken);

    /// <summary>Finds a key whose token holds no id.</summary>
    /// <param name="hashes">Under which it may be stored; the first that is found decides.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="StoreUnavailableException">Nothing is known, in time, about the key.</exception>
    public Task<KeyRecord?> FindByHashAsync(IReadOnlyList<byte[]> hashes, CancellationToken cancellationToken) => RunAsync(
        async context =>
        {
            foreach (var hash in hashes)
            {
                if (await _findByHash(context, hash, CancellationToken.None) is { } found)
                {
                    return found;
                }
            }

            return null;
        },
        cancellationToken);

    /// <summary>Which of the formats that come from elsewhere have a key here.</summary>
    /// <exception cref="StoreUnavailableException">Nothing is known, in time.</exception>
    public Task<IReadOnlySet<KeyFormat>> ReadImportedFormatsAsync(CancellationToken cancellationToken) => RunAsync<IReadOnlySet<KeyFormat>>(
        async context =>
        {
            var found = new HashSet<KeyFormat>();
            foreach (var format in Enum.GetValues<KeyFormat>().Where(format => format.IsImported()))
            {
                if (await context.ApiKeys.AnyAsync(key => key.Format == format, CancellationToken.None))
                {
                    found.Add(format);
                }
            }

            return found;
        },
        cancellationToken);

    public void Dispose() => _slots.Dispose();

    private async Task<T> RunAsync<T>(Func<SidecarDbContext, Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            if (!await _slots.WaitAsync(_patience, cancellationToken))
            {
                throw new StoreUnavailableException("The store is too busy to look a key up.");
            }

            // The embedded database blocks its thread, perhaps for long: a slot is free again only when the statement has really ended.
            return await Task.Run(() => ReadAndReleaseAsync(read), CancellationToken.None).WaitAsync(_patience, time, cancellationToken);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or StoreUnavailableException))
        {
            throw new StoreUnavailableException("The store did not answer when a key was looked up.", exception);
        }
    }

    private async Task<T> ReadAndReleaseAsync<T>(Func<SidecarDbContext, Task<T>> read)
    {
        try
        {
            await using var context = store.Open();
            context.Database.SetCommandTimeout(CommandSeconds);
            return await read(context);
        }
        finally
        {
            _slots.Release();
        }
    }
}
