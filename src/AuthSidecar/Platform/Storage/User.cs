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

    /// <summary>Shown as given; compared without case, by <see cref="NameKey"/>.</summary>
    public required string Name
    {
        get;
        init => (field, NameKey) = (value, KeyOf(value));
    }

    /// <summary>The name with ASCII letters in lower case; unique.</summary>
    public string NameKey { get; private init; } = "";

    /// <summary>Free text for pages; null: the name is shown.</summary>
    public string? DisplayName { get; set; }

    public string? Email { get; set; }
    public UserRole Role { get; set; }
    public UserStatus Status { get; set; }

    /// <summary>For internal use; its keys never authenticate a request.</summary>
    public bool IsSystem { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>Time of the last login to the console.</summary>
    public DateTimeOffset? LastLoginAt { get; set; }

    /// <summary>Form of a name in which names are compared.</summary>
    public static string KeyOf(string name) => string.Create(name.Length, name, (key, text) =>
        {
            for (var index = 0; index < text.Length; index++)
            {
                key[index] = char.IsAsciiLetterUpper(text[index]) ? (char)(text[index] | 0x20) : text[index];
            }
        });

    internal sealed class Mapping : IEntityTypeConfiguration<User>
    {
        public void Configure(EntityTypeBuilder<User> builder)
        {
            builder.HasKey(user => user.Id);
            builder.HasIndex(user => user.Name).IsUnique();
            builder.HasIndex(user => user.NameKey).IsUnique();
        }
    }
}
