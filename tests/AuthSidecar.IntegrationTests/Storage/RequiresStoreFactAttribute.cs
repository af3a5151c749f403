using Xunit.Sdk;

namespace AuthSidecar.IntegrationTests.Storage;

/// <summary>The server that the tests of a class need.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class NeedsAttribute(string server) : Attribute
{
    public string Server { get; } = server;
}

/// <summary>
/// A test of <see cref="StoreContract"/>: skipped, with the reason, where the class that inherits it needs a server that is not there.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("AuthSidecar.IntegrationTests.Storage.StoreFactDiscoverer", "AuthSidecar.IntegrationTests")]
internal sealed class RequiresStoreFactAttribute : FactAttribute;
