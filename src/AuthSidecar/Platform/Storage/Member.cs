using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>Membership of a user in a tenant.</summary>
internal sealed class Member
{
    public required string TenantId { get; init; }
    public Tenant? Tenant { get; init; }
    public required string UserId { get; init; }
    public User? User { get; init; }
    public required string Role { get; set; }
    public DateTimeOffset CreatedAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<Member>
    {
        public void Configure(EntityTypeBuilder<Member> builder)
        {
            builder.HasKey(member => new { member.TenantId, member.UserId });
            builder.HasOne(member => member.Tenant).WithMany().HasForeignKey(member => member.TenantId).OnDelete(DeleteBehavior.Restrict);
            builder.HasOne(member => member.User).WithMany().HasForeignKey(member => member.UserId).OnDelete(DeleteBehavior.Restrict);
        }
    }
}
