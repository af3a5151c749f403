using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>Users who share a budget, or have the same budget each.</summary>
internal sealed class Group
{
    public required string Id { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<Group>
    {
        public void Configure(EntityTypeBuilder<Group> builder) => builder.HasKey(group => group.Id);
    }
}

internal sealed class GroupMember
{
    public required string GroupId { get; init; }
    public Group? Group { get; init; }
    public required string UserId { get; init; }
    public User? User { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<GroupMember>
    {
        public void Configure(EntityTypeBuilder<GroupMember> builder)
        {
            builder.HasKey(member => new { member.GroupId, member.UserId });
            builder.HasOne(member => member.Group).WithMany().HasForeignKey(member => member.GroupId).OnDelete(DeleteBehavior.Restrict);
            builder.HasOne(member => member.User).WithMany().HasForeignKey(member => member.UserId).OnDelete(DeleteBehavior.Restrict);
        }
    }
}
