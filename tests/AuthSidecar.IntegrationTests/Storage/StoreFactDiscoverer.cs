using AuthSidecar.TestSupport;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace AuthSidecar.IntegrationTests.Storage;

/// <summary>
/// Checks the requirement of the class that runs an inherited test; <see cref="RequiresFactAttribute"/> sees only the test.
/// </summary>
internal sealed class StoreFactDiscoverer(IMessageSink messages) : FactDiscoverer(messages)
{
    protected override IXunitTestCase CreateTestCase(
        ITestFrameworkDiscoveryOptions discoveryOptions,
        ITestMethod testMethod,
        IAttributeInfo factAttribute
    ) =>
        new StoreTestCase(
            DiagnosticMessageSink,
            discoveryOptions.MethodDisplayOrDefault(),
            discoveryOptions.MethodDisplayOptionsOrDefault(),
            testMethod
        );

    private sealed class StoreTestCase : XunitTestCase
    {
        [Obsolete("For deserialization only.")]
        public StoreTestCase() { }

        public StoreTestCase(IMessageSink messages, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method)
            : base(messages, display, options, method) { }

        protected override string? GetSkipReason(IAttributeInfo factAttribute) =>
            TestMethod.TestClass.Class.GetCustomAttributes(typeof(NeedsAttribute)).SingleOrDefault() is { } needs
                ? Requires.SkipReason(needs.GetNamedArgument<string>(nameof(NeedsAttribute.Server)))
                : null;
    }
}
