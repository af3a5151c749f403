using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Documents;

/// <summary>Markdown files of the repository.</summary>
internal static class Manual
{
    private static readonly string[] _skipped = ["bin", "obj", "artifacts", "node_modules", "TestResults"];

    /// <summary>Every Markdown file, by relative path with slashes.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Find(Repository.Root).Select(Relative).Order(StringComparer.Ordinal)];

    /// <summary>The files of the manual, whose fenced blocks are executed or compared.</summary>
    public static IReadOnlyList<Readme> Pages { get; } =
    [
        .. All.Where(name =>
                name is "README.md" or "CONTRIBUTING.md" or "SECURITY.md" || name.StartsWith("docs/", StringComparison.Ordinal)
            )
            .Select(Page),
    ];

    public static Readme Page(string name) => new(name.Split('/'));

    private static IEnumerable<string> Find(string directory) =>
        [
            .. Directory.EnumerateFiles(directory, "*.md"),
            .. Directory
                .EnumerateDirectories(directory)
                .Where(path => Path.GetFileName(path) is var name && !name.StartsWith('.') && !_skipped.Contains(name))
                .SelectMany(Find),
        ];

    private static string Relative(string path) => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/');
}
