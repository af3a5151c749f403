using System.Reflection;
using AuthSidecar.TestSupport;
using Xunit.Sdk;

namespace AuthSidecar.Tests.Usage.Budgets;

/// <summary>Implementations that the contract is tested on.</summary>
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

/// <summary>Test data that needs Redis; skipped without it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BudgetsOnRedisAttribute : DataAttribute
{
    public BudgetsOnRedisAttribute() => Skip = Requires.SkipReason("redis");

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        [
            [BudgetKind.Shared],
        ];
}
