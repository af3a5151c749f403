using AuthSidecar.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Keys;

/// <summary>Finds a key and its owner in one statement, so that both are of the same moment.</summary>
internal sealed class KeyReader(Store store, TimeProvider time) : IDisposable
{
    private const int CommandSeconds = 1;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    // Each instance's own: a compiled query is bound to one kind of database.
    private readonly Func<SidecarDbContext, string, CancellationToken, Task<KeyRecord?>> _find = EF.CompileAsyncQuery(
        (SidecarDbContext context, string id, CancellationToken _) =>
            (from key in context.ApiKeys
             where key.Id == id
             join owner in context.Users on key.UserId equals owner.Id into owners
             from user in owners.DefaultIfEmpty()
             select new KeyRecord
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
                 Username = user!.Name,
                 UserStatus = user.Status,
                 IsSystemUser = user.IsSystem,
             }).SingleOrDefault());

    private readonly SemaphoreSlim _slots = new(4 * Environment.ProcessorCount);

    /// <exception cref="StoreUnavailableException">Nothing is known, in time, about the key.</exception>
    public async Task<KeyRecord?> FindAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            if (!await _slots.WaitAsync(_patience, cancellationToken))
            {
                throw new StoreUnavailableException("The store is too busy to look a key up.");
            }

            // The embedded database blocks its thread, perhaps for long: a slot is free again only when the statement has really ended.
            return await Task.Run(() => FindAndReleaseAsync(id), CancellationToken.None).WaitAsync(_patience, time, cancellationToken);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or StoreUnavailableException))
        {
            throw new StoreUnavailableException("The store did not answer when a key was looked up.", exception);
        }
    }

    public void Dispose() => _slots.Dispose();

    private async Task<KeyRecord?> FindAndReleaseAsync(string id)
    {
        try
        {
            await using var context = store.Open();
            context.Database.SetCommandTimeout(CommandSeconds);
            return await _find(context, id, CancellationToken.None);
        }
        finally
        {
            _slots.Release();
        }
    }
}
