using System.Reflection;
using AuthSidecar.TestSupport;
using Xunit.Sdk;

namespace AuthSidecar.Tests.Usage.Budgets;

/// <summary>What the contract is tried on.</summary>
public enum BudgetKind
{
    /// <summary>One replica.</summary>
    Memory,

    /// <summary>Three replicas with one Redis.</summary>
    Shared,
}

[AttributeUsage(AttributeTargets.Method)]
internal sealed class BudgetsInMemoryAttribute : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        [
            [BudgetKind.Memory],
        ];
}

/// <summary>The rows that need a Redis; skipped by themselves.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BudgetsOnRedisAttribute : DataAttribute
{
    public BudgetsOnRedisAttribute() => Skip = Requires.SkipReason("redis");

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        [
            [BudgetKind.Shared],
        ];
}
