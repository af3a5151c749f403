using AuthSidecar.Access.ParallelLimits;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Tests.Access.ParallelLimits;

public sealed class ParallelCapsTests
{
    private static readonly Identity _alice = new("key1", SubjectType.Account, "user1", "alice", ["full"], "acme", null);

    [Fact]
    public void WithoutALimit_ThereIsNoCap()
    {
        Assert.Empty(Of(_alice, null));
        Assert.Empty(Of(_alice, new() { Permits = 5 }));
    }

    [Fact]
    public void Default_IsReplacedByThePolicys_AndBothByTheKeys()
    {
        var limits = new LimitsOptions { DefaultParallel = 4 };

        Assert.Equal([new OwnerCap(new(BucketKind.Key, "", "key1"), 4)], Of(_alice, null, limits));
        Assert.Equal([new OwnerCap(new(BucketKind.Key, "test", "key1"), 2)], Of(_alice, new() { Parallel = 2 }, limits));
        Assert.Empty(Of(_alice, new(), limits));
        Assert.Equal([new OwnerCap(new(BucketKind.Key, "", "key1"), 3)], Of(_alice with { Parallel = 3 }, new() { Parallel = 2 }, limits));
        Assert.Empty(Of(_alice with { Parallel = 0 }, new() { Parallel = 2 }, limits));
    }

    [Fact]
    public void RotatedKey_CountsWithTheOneBefore() =>
        Assert.Equal(Of(_alice, new() { Parallel = 2 }), Of(_alice with { KeyId = "key2", LineId = "key1" }, new() { Parallel = 2 }));

    [Fact]
    public void UserAndTenant_CountBesideTheKey()
    {
        var limits = new LimitsOptions
        {
            DefaultParallel = 4,
            UserParallel = 5,
            TenantParallel = 6,
        };

        Assert.Equal(
            [
                new OwnerCap(new(BucketKind.Key, "", "key1"), 4),
                new OwnerCap(new(BucketKind.User, "", "user1"), 5),
                new OwnerCap(new(BucketKind.Tenant, "", "acme"), 6),
            ],
            Of(_alice, null, limits)
        );
        Assert.Equal([BucketKind.User], Of(_alice with { Tenant = null }, new(), limits).Select(cap => cap.Name.Kind));
    }

    [Fact]
    public void Owners_CannotBeTakenForEachOther() =>
        Assert.NotEqual(
            new OwnerCap(new(BucketKind.Key, "a:1", "b"), 1).Name.Key,
            new OwnerCap(new(BucketKind.Key, "a", "1:b"), 1).Name.Key
        );

    private static OwnerCap[] Of(Identity identity, LimitOptions? limit, LimitsOptions? limits = null) =>
        ParallelCaps.Of(
            identity,
            new()
            {
                Name = "test",
                Options = new() { Limit = limit },
                Subjects = SubjectType.All,
            },
            limits ?? new(),
            []
        );
}
