using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Protos;

/// <summary>authsidecar.v1 is a public contract: its elements never change.</summary>
public sealed class OurProtosTests
{
    [Fact]
    public void Version1_IsUnchanged()
    {
        var published = File.ReadAllLines(Repository.File("tests", "AuthSidecar.IntegrationTests", "Protos", "authsidecar-v1.txt"))
            .Where(line => !line.StartsWith('#'));

        var facts = CompiledSchema.Facts(file => file.Package == "authsidecar.v1").Order(StringComparer.Ordinal);

        // Additions are allowed; the change that makes one adds it to the file.
        Assert.Equal(string.Join('\n', published), string.Join('\n', facts));
    }
}
