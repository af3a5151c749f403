using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Protos;

/// <summary>authsidecar.v1 is other people's contract: what it says today it says for good.</summary>
public sealed class OurProtosTests
{
    [Fact]
    public void Version1_SaysWhatItSaidWhenItWasPublished()
    {
        var published = File.ReadAllLines(Repository.File("tests", "AuthSidecar.IntegrationTests", "Protos", "authsidecar-v1.txt"))
            .Where(line => !line.StartsWith('#'));

        var facts = CompiledSchema.Facts(file => file.Package == "authsidecar.v1").Order(StringComparer.Ordinal);

        // Adding is allowed by the promise; what is added goes into the file with the change that adds it.
        Assert.Equal(string.Join('\n', published), string.Join('\n', facts));
    }
}
