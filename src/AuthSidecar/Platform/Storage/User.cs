using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

internal enum UserRole
{
    User,
    Admin,
}

/// <summary>Only <see cref="Active"/> users authenticate; a request does not reactivate a dormant one.</summary>
internal enum UserStatus
{
    Active,
    Suspended,
    Dormant,
    Deleted,
}

/// <summary>An owner of keys. Never removed, so that recorded usage keeps its owner.</summary>
internal sealed class User
{
    /// <summary>Lower-case UUID.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }
    public string? Email { get; init; }
    public UserRole Role { get; init; }
    public UserStatus Status { get; set; }

    /// <summary>For internal use; its keys never authenticate a request.</summary>
    public bool IsSystem { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<User>
    {
        public void Configure(EntityTypeBuilder<User> builder)
        {
            builder.HasKey(user => user.Id);
            builder.HasIndex(user => user.Name).IsUnique();
        }
    }
}
