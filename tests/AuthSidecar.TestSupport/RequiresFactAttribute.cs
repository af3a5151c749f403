using System.Reflection;
using Xunit.Sdk;

namespace AuthSidecar.TestSupport;

[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresFactAttribute : FactAttribute
{
    public RequiresFactAttribute(params string[] names) => Skip = Requires.SkipReason(names);
}

[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresTheoryAttribute : TheoryAttribute
{
    public RequiresTheoryAttribute(params string[] names) => Skip = Requires.SkipReason(names);
}

/// <summary>One row of a theory: the test on the newest Envoy. Skipped independently of <see cref="OldestEnvoyAttribute"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NewestEnvoyAttribute : DataAttribute
{
    public NewestEnvoyAttribute() => Skip = Requires.SkipReason("envoy");

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        [
            [EnvoyRelease.Newest],
        ];
}

/// <summary>One row of a theory: the test on the oldest supported Envoy.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OldestEnvoyAttribute : DataAttribute
{
    public OldestEnvoyAttribute() => Skip = Requires.SkipReason("envoy-old");

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        [
            [EnvoyRelease.Oldest],
        ];
}
