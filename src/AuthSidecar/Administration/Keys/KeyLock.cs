using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace AuthSidecar.Administration.Keys;

internal static class KeyLock
{
    /// <summary>A transaction that excludes every other change of the keys of the key's owner.</summary>
    public static async Task<IDbContextTransaction> LockKeyAsync(
        this SidecarDbContext context,
        string id,
        CancellationToken cancellationToken
    )
    {
        // A key never changes its owner.
        var owner = await context
            .ApiKeys.Where(key => key.Id == id)
            .Select(key => new
            {
                key.UserId,
                key.ExternalIssuer,
                key.ExternalSubject,
            })
            .SingleOrDefaultAsync(cancellationToken);
        var name = owner switch
        {
            { UserId: { } user } => user,
            { ExternalIssuer: { } issuer, ExternalSubject: { } subject } => ExternalPerson.Of(issuer, subject),
            _ => "",
        };
        return await context.BeginExclusiveAsync(StoreLocks.KeysOf(name), cancellationToken);
    }
}
