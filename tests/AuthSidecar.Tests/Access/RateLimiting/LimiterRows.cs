using System.Reflection;
using AuthSidecar.TestSupport;
using Xunit.Sdk;

namespace AuthSidecar.Tests.Access.RateLimiting;

/// <summary>The limiters under the contract.</summary>
public enum LimiterKind
{
    Memory,

    /// <summary>The script alone, so that the local limiter cannot hide its errors.</summary>
    Script,
    Redis,
}

[AttributeUsage(AttributeTargets.Method)]
internal sealed class InMemoryAttribute : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        [
            [LimiterKind.Memory],
        ];
}

/// <summary>The rows that need Redis; skipped individually without it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnRedisAttribute : DataAttribute
{
    public OnRedisAttribute() => Skip = Requires.SkipReason("redis");

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        [
            [LimiterKind.Script],
            [LimiterKind.Redis],
        ];
}
