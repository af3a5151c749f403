using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>A login of a person in one browser. Read at every request of the console, so that an end takes effect at once.</summary>
internal sealed class Session
{
    /// <summary>UUID of version 7, for lists; it is not the secret of the cookie.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256 of the 256-bit session id that the cookie holds.</summary>
    public required byte[] Hash { get; init; }

    public required string UserId { get; init; }
    public User? User { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Time of the last request, at most a minute old.</summary>
    public DateTimeOffset LastSeenAt { get; set; }

    /// <summary>Time of the last proof of the password or of a login at the identity provider.</summary>
    public DateTimeOffset AuthenticatedAt { get; set; }

    public string? Address { get; init; }

    /// <summary>User-Agent header of the login, shortened.</summary>
    public string? Agent { get; init; }

    /// <summary>Identity provider of the login, null for a password, and the provider's own id of its session.</summary>
    public string? Issuer { get; init; }

    public string? IssuerSessionId { get; init; }
    public DateTimeOffset? EndedAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<Session>
    {
        public void Configure(EntityTypeBuilder<Session> builder)
        {
            builder.HasKey(session => session.Id);
            builder.HasIndex(session => session.Hash).IsUnique();
            builder.HasIndex(session => new { session.Issuer, session.IssuerSessionId });
            builder.HasOne(session => session.User).WithMany().HasForeignKey(session => session.UserId).OnDelete(DeleteBehavior.Restrict);
        }
    }
}
