using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>The key that signs callers' assertions in one period; the first replica of the period creates it for all.</summary>
internal sealed class AssertionKey
{
    /// <summary>Number of the period since the Unix epoch.</summary>
    public long Period { get; init; }

    /// <summary>Its <c>kid</c>.</summary>
    public required string KeyId { get; init; }

    /// <summary>PKCS #8 private key, encrypted under a key derived from the pepper.</summary>
    public required byte[] Sealed { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<AssertionKey>
    {
        public void Configure(EntityTypeBuilder<AssertionKey> builder)
        {
            builder.HasKey(key => key.Period);
            builder.Property(key => key.Period).ValueGeneratedNever();
        }
    }
}
