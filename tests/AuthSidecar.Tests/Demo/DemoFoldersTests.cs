using System.Text.RegularExpressions;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Demo;

/// <summary>The demo's folders are layers, in the order of its README.</summary>
public sealed partial class DemoFoldersTests
{
    private static readonly string _source = Repository.File("src", "AuthSidecar.Demo");

    private static readonly string[] _layers =
    [
        .. Row().Matches(File.ReadAllText(Path.Combine(_source, "README.md"))).Select(match => match.Groups[1].Value),
    ];

    [Fact]
    public void EveryFolder_StandsInTheReadme() =>
        Assert.Equal(Directory.GetDirectories(_source).Select(Path.GetFileName).Order(), _layers.Order());

    [Fact]
    public void EveryFolder_UsesOnlyFoldersAboveIt()
    {
        var broken =
            from file in _layers.SelectMany(FilesOf)
            from Match use in Namespace().Matches(File.ReadAllText(file.Path))
            where Array.IndexOf(_layers, use.Groups[1].Value) >= Array.IndexOf(_layers, file.Layer)
            select $"{file.Layer}/{Path.GetFileName(file.Path)} uses {use.Groups[1].Value}";

        Assert.Empty(broken);
    }

    [Fact]
    public void NoFolder_UsesTheFilesThatConnectThem()
    {
        var names = Directory.GetFiles(_source, "*.cs").Select(file => Path.GetFileNameWithoutExtension(file)!).ToList();
        var broken =
            from file in _layers.SelectMany(FilesOf)
            let words = Word().Matches(File.ReadAllText(file.Path)).Select(match => match.Value)
            from name in names.Intersect(words)
            select $"{file.Layer}/{Path.GetFileName(file.Path)} uses {name}";

        Assert.NotEmpty(names);
        Assert.Empty(broken);
    }

    private static IEnumerable<(string Layer, string Path)> FilesOf(string layer) =>
        Directory.EnumerateFiles(Path.Combine(_source, layer), "*.cs", SearchOption.AllDirectories).Select(path => (layer, path));

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"using AuthSidecar\.Demo\.(\w+);")]
    private static partial Regex Namespace();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
