using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>Result of a request that carried <c>Idempotency-Key</c>, for its repetition within 24 hours. Never holds a secret.</summary>
internal sealed class IdempotencyKey
{
    /// <summary>User, key or master that sent the request.</summary>
    public required string Caller { get; init; }

    public required string Key { get; init; }

    /// <summary>SHA-256 of method, path and body.</summary>
    public required byte[] RequestHash { get; init; }

    /// <summary>Status of the response; null while the first request runs.</summary>
    public int? Status { get; set; }

    /// <summary>Location of the created resource.</summary>
    public string? Location { get; set; }

    /// <summary>Body of the response without its secret.</summary>
    public string? Body { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<IdempotencyKey>
    {
        public void Configure(EntityTypeBuilder<IdempotencyKey> builder)
        {
            builder.HasKey(row => new { row.Caller, row.Key });
            builder.HasIndex(row => row.CreatedAt);
        }
    }
}
