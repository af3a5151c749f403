using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>Tokens of devices, stored as an approval and its collection leave them.</summary>
internal static class StoredDevice
{
    /// <summary>Adds the token of an account, with all rights of its owner.</summary>
    public static Task<IssuedKey> AddAsync(
        Store store,
        KeyHasher hasher,
        TimeProvider time,
        User owner,
        string label,
        DateTimeOffset? expiresAt = null
    ) => AddAsync(store, hasher, time, new Approver { UserId = owner.Id }, label, expiresAt);

    /// <summary>Adds the token of an external identity.</summary>
    public static Task<IssuedKey> AddAsync(
        Store store,
        KeyHasher hasher,
        TimeProvider time,
        ExternalIdentity owner,
        string label,
        DateTimeOffset? expiresAt = null
    ) => AddAsync(store, hasher, time, new Approver { External = owner }, label, expiresAt);

    private static async Task<IssuedKey> AddAsync(
        Store store,
        KeyHasher hasher,
        TimeProvider time,
        Approver owner,
        string label,
        DateTimeOffset? expiresAt
    )
    {
        var now = Instant.Now(time);
        var grant = new DeviceGrant
        {
            Id = "",
            DeviceCodeHash = [],
            UserCodeHash = [],
            ClientId = "tests",
            DeviceLabel = label,
            Scopes = "",
            CreatedAt = now,
            ExpiresAt = now,
        };
        var key = DeviceKeys.Make(grant, new() { Id = grant.ClientId }, owner, now, Instant.Truncate(expiresAt ?? now.AddDays(14)));
        var token = KeyToken.Generate(key.Format == KeyFormat.Ase ? TokenFamily.Ase : TokenFamily.Aso, key.Id);
        key.Hash = hasher.Hash(token).ToArray();
        await using var context = store.Open();
        context.ApiKeys.Add(key);
        context.Invalidations.Add(CacheInvalidation.OfKey(key.Id, now));
        await context.SaveChangesAsync();
        return new(key, token);
    }
}
