using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Protos;

/// <summary>Our trimmed copies of third-party schemas contain only elements of the originals.</summary>
public sealed class VendoredProtosTests
{
    private static readonly string[] Roots = ["envoy-api", "googleapis", "protoc-gen-validate", "xds"];

    [RequiresFact("node")]
    public void EveryFieldValueAndMethod_IsTheOriginals()
    {
        var ours = CompiledSchema.Facts(file => !file.Package.StartsWith("authsidecar", StringComparison.Ordinal));
        var originals = OriginalFacts();

        Assert.True(ours.Count > 200, $"Only {ours.Count} facts were compared.");
        AssertNone(ours.Except(originals).Except(NewerThanThePackage()));
    }

    [RequiresFact("node")]
    public void TheListOfNewerFields_HoldsOnlyWhatThePackageLacksAndWeHave()
    {
        var ours = CompiledSchema.Facts(_ => true);

        AssertNone(NewerThanThePackage().Intersect(OriginalFacts()));
        AssertNone(NewerThanThePackage().Except(ours));
    }

    [Fact]
    public void EveryVendoredFile_IsCompiled()
    {
        var root = Repository.File("protos");
        var onDisk = Directory
            .EnumerateFiles(root, "*.proto", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, file));

        Assert.Equal(onDisk.Order(), CompiledSchema.Files.Select(file => file.Name).Order());
    }

    [Fact]
    public void NoNamespace_HidesSystemType() =>
        Assert.DoesNotContain(CompiledSchema.Files, file => file.Options.CsharpNamespace.Split('.').Contains("Type"));

    private static void AssertNone(IEnumerable<string> facts)
    {
        var list = facts.ToList();
        Assert.True(list.Count == 0, string.Join('\n', list));
    }

    private static HashSet<string> OriginalFacts()
    {
        var roots = Roots.Select(root => NodePackages.Integration.File("@grpc", "grpc-js-xds", "deps", root)).ToList();
        var files = CompiledSchema.Files.Select(file => file.Name).Where(name => !name.StartsWith("authsidecar", StringComparison.Ordinal));
        return [.. Protoc.Read(roots, files).File.SelectMany(SchemaFacts.Of)];
    }

    private static IEnumerable<string> NewerThanThePackage() =>
        File.ReadLines(Repository.File("tests", "AuthSidecar.IntegrationTests", "Protos", "newer-fields.txt"))
            .Where(line => line.Length > 0 && !line.StartsWith('#'));
}
