using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>Link of a person to an identity provider. The e-mail address is for display only and never identifies.</summary>
internal sealed class UserIdentity
{
    public required string Issuer { get; init; }
    public required string Subject { get; init; }
    public required string UserId { get; init; }
    public User? User { get; init; }
    public string? Email { get; set; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? LastLoginAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<UserIdentity>
    {
        public void Configure(EntityTypeBuilder<UserIdentity> builder)
        {
            builder.HasKey(identity => new { identity.Issuer, identity.Subject });
            builder.HasIndex(identity => identity.UserId);
            builder
                .HasOne(identity => identity.User)
                .WithMany()
                .HasForeignKey(identity => identity.UserId)
                .OnDelete(DeleteBehavior.Restrict);
        }
    }
}
