using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>
/// What a million tokens cost from a day on, in millionths of the currency; null: nothing is known of that kind of token.
/// </summary>
internal sealed class Price
{
    /// <summary>Name in <c>Providers</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>A glob.</summary>
    public required string Model { get; init; }

    /// <summary>First instant at which it holds.</summary>
    public DateTimeOffset From { get; init; }

    public long? Input { get; set; }
    public long? Output { get; set; }
    public long? CachedRead { get; set; }
    public long? CachedWrite { get; set; }
    public long? Reasoning { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<Price>
    {
        public void Configure(EntityTypeBuilder<Price> builder)
        {
            builder.ToTable("Prices");
            builder.HasKey(price => new
            {
                price.Provider,
                price.Model,
                price.From,
            });
        }
    }
}
