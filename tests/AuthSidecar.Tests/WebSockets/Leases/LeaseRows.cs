using System.Reflection;
using AuthSidecar.TestSupport;
using Xunit.Sdk;

namespace AuthSidecar.Tests.WebSockets.Leases;

/// <summary>Implementations that the contract is tested on.</summary>
public enum LeaseKind
{
    Memory,

    /// <summary>The script alone, so that no other code hides its errors.</summary>
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

/// <summary>Test data that needs Redis; skipped without it.</summary>
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
