using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

internal enum CredentialKind
{
    Password,
}

/// <summary>Proof with which a person logs in to the console; at most one of each kind.</summary>
internal sealed class UserCredential
{
    public required string UserId { get; init; }
    public User? User { get; init; }
    public CredentialKind Kind { get; init; }

    /// <summary>Hash in the format of ASP.NET Core's password hasher.</summary>
    public required string Hash { get; set; }

    /// <summary>True for a one-time password, which must be replaced at its first use.</summary>
    public bool MustChange { get; set; }

    /// <summary>End of a one-time password; null: none.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<UserCredential>
    {
        public void Configure(EntityTypeBuilder<UserCredential> builder)
        {
            builder.HasKey(credential => new { credential.UserId, credential.Kind });
            builder
                .HasOne(credential => credential.User)
                .WithMany()
                .HasForeignKey(credential => credential.UserId)
                .OnDelete(DeleteBehavior.Restrict);

            // Of two changes at once, based on the same password, one must fail.
            builder.Property(credential => credential.Hash).IsConcurrencyToken();
        }
    }
}
