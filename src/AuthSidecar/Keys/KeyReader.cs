using AuthSidecar.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Keys;

/// <summary>Finds a key and its owner in one statement, so that both are of the same moment.</summary>
internal sealed class KeyReader(Store store, TimeProvider time) : IDisposable
{
    private static readonly Func<SidecarDbContext, string, CancellationToken, Task<KeyRecord?>> _find = EF.CompileAsyncQuery(
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

    private readonly PromptReads _reads = new(store, time);

    /// <exception cref="StoreUnavailableException">Nothing is known, in time, about the key.</exception>
    public Task<KeyRecord?> FindAsync(string id, CancellationToken cancellationToken) =>
        _reads.RunAsync("a key", context => _find(context, id, CancellationToken.None), cancellationToken);

    public void Dispose() => _reads.Dispose();
}
