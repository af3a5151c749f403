using AuthSidecar.Administration.Keys;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Audit;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Devices;

internal enum PresentedEnd
{
    /// <summary>Revoked, now or before, or unknown: the holder learns nothing of tokens that it does not have.</summary>
    Done,

    /// <summary>The token was issued to another client; nothing changed.</summary>
    OtherClient,
}

/// <summary>Revokes the device token that a client presents (RFC 7009).</summary>
internal sealed class EndPresentedToken(Store store, KeyHasher hasher, RevokeKey revoke)
{
    /// <param name="token">The whole token.</param>
    /// <param name="clientId">Client that presents it.</param>
    /// <param name="address">Client address, for the audit trail.</param>
    /// <param name="cancellationToken">Cancels the change.</param>
    public async Task<PresentedEnd> RunAsync(string token, string clientId, string? address, CancellationToken cancellationToken)
    {
        if (!KeyToken.TryParse(token, out _) || TokenFamilies.Of(token).ToFormat() is not (KeyFormat.Aso or KeyFormat.Ase))
        {
            return PresentedEnd.Done;
        }

        var id = KeyToken.IdOf(token);
        await using var context = store.Open();
        var found = await context.ApiKeys.AsNoTracking().SingleOrDefaultAsync(key => key.Id == id, cancellationToken);
        if (found is not { Hash: { } hash, IsHashImported: false } || hasher.Compare(token, hash) == HashMatch.None)
        {
            return PresentedEnd.Done;
        }

        if (found.ClientId != clientId)
        {
            return PresentedEnd.OtherClient;
        }

        using (Actor.Use(new(ActorKind.Key, id, found.DeviceLabel ?? clientId, address)))
        {
            await revoke.RunAsync(id, cancellationToken);
        }

        return PresentedEnd.Done;
    }
}
