using System.Reflection;
using AuthSidecar.TestSupport;
using Xunit.Sdk;

namespace AuthSidecar.Tests.Access.RateLimiting;

/// <summary>What the contract is tried on.</summary>
public enum LimiterKind
{
    Memory,

    /// <summary>The script alone, so that nothing in front of it hides its mistakes.</summary>
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

/// <summary>The rows that need a Redis; skipped by themselves.</summary>
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
