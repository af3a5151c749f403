using System.Reflection;
using AuthSidecar.TestSupport;
using Xunit.Sdk;

namespace AuthSidecar.Tests.WebSockets.Leases;

/// <summary>What the contract is tried on.</summary>
public enum LeaseKind
{
    Memory,

    /// <summary>The script alone, so that nothing beside it hides its mistakes.</summary>
    Script,
    Shared,
}

[AttributeUsage(AttributeTargets.Method)]
internal sealed class LeasesInMemoryAttribute : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        [
            [LeaseKind.Memory],
        ];
}

/// <summary>The rows that need a Redis; skipped by themselves.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LeasesOnRedisAttribute : DataAttribute
{
    public LeasesOnRedisAttribute() => Skip = Requires.SkipReason("redis");

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        [
            [LeaseKind.Script],
            [LeaseKind.Shared],
        ];
}
