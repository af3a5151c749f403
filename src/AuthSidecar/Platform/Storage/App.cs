using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

internal enum AppStatus
{
    Normal,
    Disabled,
}

/// <summary>An application of a tenant.</summary>
internal sealed class App
{
    public required string Id { get; init; }
    public required string TenantId { get; init; }
    public Tenant? Tenant { get; init; }

    /// <summary>Access mode of the strategy <c>acl</c>; empty: not set.</summary>
    public string Mode { get; set; } = "";

    public AppStatus Status { get; set; }
    public DateTimeOffset CreatedAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<App>
    {
        public void Configure(EntityTypeBuilder<App> builder)
        {
            builder.HasKey(app => app.Id);
            builder.HasOne(app => app.Tenant).WithMany().HasForeignKey(app => app.TenantId).OnDelete(DeleteBehavior.Restrict);
        }
    }
}
