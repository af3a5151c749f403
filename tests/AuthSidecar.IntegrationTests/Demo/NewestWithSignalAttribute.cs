using System.Reflection;
using AuthSidecar.TestSupport;
using Xunit.Sdk;

namespace AuthSidecar.IntegrationTests.Demo;

/// <summary>One row of a theory that needs an Envoy.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class NewestWithSignalAttribute : DataAttribute
{
    private readonly string _signal;

    public NewestWithSignalAttribute(string signal) => (_signal, Skip) = (signal, Requires.SkipReason("envoy"));

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        [
            [_signal],
        ];
}
