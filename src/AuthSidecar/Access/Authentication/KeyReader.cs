using System.Linq.Expressions;
using AuthSidecar.Access.Identities;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Access.Authentication;

/// <summary>Reads a key and its owner in one statement, so that both are consistent.</summary>
internal sealed class KeyReader(Store store, TimeProvider time) : IDisposable
{
    // Per instance: a compiled query is bound to one database provider.
    private readonly Func<SidecarDbContext, string, CancellationToken, Task<KeyRecord?>> _findById = EF.CompileAsyncQuery(
        (SidecarDbContext context, string id, CancellationToken _) =>
            context.ApiKeys.Where(key => key.Id == id).Select(ToRecord).SingleOrDefault()
    );

    private readonly Func<SidecarDbContext, byte[], CancellationToken, Task<KeyRecord?>> _findByHash = EF.CompileAsyncQuery(
        (SidecarDbContext context, byte[] hash, CancellationToken _) =>
            context.ApiKeys.Where(key => key.Hash == hash).Select(ToRecord).SingleOrDefault()
    );

    private readonly StoreReadLimiter _reads = new(store, time);

    private static Expression<Func<ApiKey, KeyRecord>> ToRecord =>
        key => new KeyRecord
        {
            Id = key.Id,
            Hash = key.Hash,
            Pepper = key.Pepper,
            Format = key.Format,
            IsHashImported = key.IsHashImported,
            UserId = key.UserId,
            LineId = key.LineId,
            ExternalIssuer = key.ExternalIssuer,
            ExternalSubject = key.ExternalSubject,
            Scopes = key.Scopes,
            Models = key.Models,
            Tenant = key.Tenant,
            Subject = key.Subject,
            Permits = key.Permits,
            Window = key.Window,
            Tokens = key.Tokens,
            TokenWindow = key.TokenWindow,
            Parallel = key.Parallel,
            ExpiresAt = key.ExpiresAt,
            RevokedAt = key.RevokedAt,
            ExpiredAt = key.ExpiredAt,
            LastUsedAt = key.LastUsedAt,
            Username = key.User!.Name,
            UserStatus = (UserStatus?)key.User.Status,
            IsSystemUser = (bool?)key.User.IsSystem,
        };

    /// <exception cref="StoreUnavailableException">The store did not answer in time.</exception>
    public Task<KeyRecord?> FindAsync(string id, CancellationToken cancellationToken) =>
        _reads.RunAsync("a key", context => _findById(context, id, CancellationToken.None), cancellationToken);

    /// <summary>Finds a key whose token holds no id.</summary>
    /// <param name="hashes">Candidate hashes; the first match is returned.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer in time.</exception>
    public Task<KeyRecord?> FindByHashAsync(IReadOnlyList<byte[]> hashes, CancellationToken cancellationToken) =>
        _reads.RunAsync(
            "a key",
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
            cancellationToken
        );

    /// <summary>The foreign formats with at least one imported key.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer in time.</exception>
    public Task<IReadOnlySet<KeyFormat>> ReadImportedFormatsAsync(CancellationToken cancellationToken) =>
        _reads.RunAsync<IReadOnlySet<KeyFormat>>(
            "imported keys",
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
            cancellationToken
        );

    public void Dispose() => _reads.Dispose();
}
