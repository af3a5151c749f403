using Xunit.Sdk;

namespace AuthSidecar.IntegrationTests.Storage;

/// <summary>The server required by the tests of a class.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class NeedsAttribute(string server) : Attribute
{
    public string Server { get; } = server;
}

/// <summary>A test of <see cref="StoreContract"/>, skipped with the reason when the inheriting class requires a missing server.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("AuthSidecar.IntegrationTests.Storage.StoreFactDiscoverer", "AuthSidecar.IntegrationTests")]
internal sealed class RequiresStoreFactAttribute : FactAttribute;
