using AuthSidecar.Decisions.Vocabulary;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>A key as it is at rest: what it may do, and the hash that proves its secret.</summary>
internal sealed class ApiKey
{
    public required string Id { get; init; }

    public KeyFormat Format { get; init; } = KeyFormat.Ask;

    /// <summary>HMAC of the whole token, or what an import brought; erased when the expiry was made final.</summary>
    public byte[]? Hash { get; set; }

    /// <summary>True until the first use of an imported key: the hash is still the one of where it came from.</summary>
    public bool IsHashImported { get; set; }

    /// <summary>Null exactly for <see cref="KeyFormat.Ase"/>.</summary>
    public string? UserId { get; init; }

    public User? User { get; init; }

    /// <summary>Who somebody is to an external identity provider; set exactly for <see cref="KeyFormat.Ase"/>.</summary>
    public string? ExternalIssuer { get; init; }

    public string? ExternalSubject { get; init; }
    public string? Name { get; init; }

    /// <summary>Id of the first of the keys that took each other's place; null: this one.</summary>
    public string? LineId { get; init; }

    /// <summary>What budgets, limits and socket caps count by: rotation keeps it.</summary>
    public string Line => LineId ?? Id;

    /// <summary>Separated by single spaces, as are <see cref="Models"/>.</summary>
    public required string Scopes { get; init; }

    public string Models { get; init; } = "";
    public string? Tenant { get; init; }
    public SubjectType Subject { get; init; } = SubjectType.Account;

    /// <summary>The key's own limit; both or neither.</summary>
    public int? Permits { get; init; }

    public TimeSpan? Window { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The last instant at which the key is valid.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>When the expiry was noticed and made final.</summary>
    public DateTimeOffset? ExpiredAt { get; set; }

    public DateTimeOffset? LastUsedAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<ApiKey>
    {
        public void Configure(EntityTypeBuilder<ApiKey> builder)
        {
            builder.HasKey(key => key.Id);
            builder.HasIndex(key => key.Hash).IsUnique();
            builder.HasIndex(key => key.Format);
            builder.HasOne(key => key.User).WithMany().HasForeignKey(key => key.UserId).OnDelete(DeleteBehavior.Restrict);

            // A change decided on a key that somebody revoked meanwhile must not be written.
            builder.Property(key => key.RevokedAt).IsConcurrencyToken();
        }
    }
}
