using AuthSidecar.Decisions.Vocabulary;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>A stored key: its rights, and the hash of its token.</summary>
internal sealed class ApiKey
{
    public required string Id { get; init; }

    public KeyFormat Format { get; init; } = KeyFormat.Ask;

    /// <summary>HMAC of the whole token, or the hash of an import; erased when the expiry is made final.</summary>
    public byte[]? Hash { get; set; }

    /// <summary>
    /// <see cref="Hashing.KeyHasher.PepperId"/> of the pepper of <see cref="Hash"/>; null: imported, or unused since the version that
    /// records it.
    /// </summary>
    public string? Pepper { get; set; }

    /// <summary>True until the first use of an imported key, which replaces the imported hash.</summary>
    public bool IsHashImported { get; set; }

    /// <summary>Owner; null exactly for <see cref="KeyFormat.Ase"/>.</summary>
    public string? UserId { get; init; }

    public User? User { get; init; }

    /// <summary>Issuer of the external identity, as its subject; set exactly for <see cref="KeyFormat.Ase"/>.</summary>
    public string? ExternalIssuer { get; init; }

    public string? ExternalSubject { get; init; }
    public string? Name { get; set; }

    /// <summary>Id of the first key of the line; null: this key is the first.</summary>
    public string? LineId { get; init; }

    /// <summary>Key line, by which budgets, limits and socket caps count; rotation keeps it.</summary>
    public string Line => LineId ?? Id;

    /// <summary>Separated by single spaces, as are <see cref="Models"/>.</summary>
    public required string Scopes { get; set; }

    public string Models { get; set; } = "";
    public string? Tenant { get; init; }
    public SubjectType Subject { get; init; } = SubjectType.Account;

    /// <summary>The key's own limit; both or neither.</summary>
    public int? Permits { get; set; }

    public TimeSpan? Window { get; set; }

    /// <summary>The key's own limit of tokens; both or neither.</summary>
    public long? Tokens { get; set; }

    public TimeSpan? TokenWindow { get; set; }

    /// <summary>The key's own number of requests that may run at a time; 0: no limit.</summary>
    public int? Parallel { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The last instant at which the key is valid.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>Time at which the expiry was detected and made final.</summary>
    public DateTimeOffset? ExpiredAt { get; set; }

    public DateTimeOffset? LastUsedAt { get; set; }

    /// <summary>Client address of the last use.</summary>
    public string? LastUsedAddress { get; set; }

    /// <summary>Client of the device flow that got the token, and the device's name; null for other keys.</summary>
    public string? ClientId { get; init; }

    public string? DeviceLabel { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<ApiKey>
    {
        public void Configure(EntityTypeBuilder<ApiKey> builder)
        {
            builder.HasKey(key => key.Id);
            builder.HasIndex(key => key.Hash).IsUnique();
            builder.HasIndex(key => key.Format);
            builder.HasOne(key => key.User).WithMany().HasForeignKey(key => key.UserId).OnDelete(DeleteBehavior.Restrict);

            // A change based on a key that was revoked meanwhile must not be written.
            builder.Property(key => key.RevokedAt).IsConcurrencyToken();
        }
    }
}
