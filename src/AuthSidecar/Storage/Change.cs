using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Storage;

/// <summary>What replicas must forget: written in the transaction of the change itself, read in order of <see cref="Sequence"/>. Neither id: everything.</summary>
internal sealed class Change
{
    /// <summary>Grows and is never used again, also not after rows were removed.</summary>
    public long Sequence { get; init; }

    public string? KeyId { get; init; }
    public string? UserId { get; init; }
    public DateTimeOffset At { get; init; }

    public static Change OfKey(string id, DateTimeOffset at) => new() { KeyId = id, At = at };

    public static Change OfUser(string id, DateTimeOffset at) => new() { UserId = id, At = at };

    internal sealed class Mapping : IEntityTypeConfiguration<Change>
    {
        public void Configure(EntityTypeBuilder<Change> builder) => builder.HasKey(change => change.Sequence);
    }
}
