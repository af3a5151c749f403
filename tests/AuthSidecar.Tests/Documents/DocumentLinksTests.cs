using System.Text.RegularExpressions;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Documents;

/// <summary>Relative links of all Markdown files resolve, file and anchor, and every page of docs/ is reachable from README.md.</summary>
public sealed partial class DocumentLinksTests
{
    [Fact]
    public void Links_Resolve()
    {
        var broken =
            from page in Manual.All
            from link in Links(page)
            let problem = Problem(link)
            where problem is not null
            select $"{page}: {link.Written}: {problem}";

        Assert.Empty(broken);
    }

    [Fact]
    public void EveryPage_IsReachableFromTheReadme()
    {
        var (reached, waiting) = (new HashSet<string> { "README.md" }, new Queue<string>(["README.md"]));
        while (waiting.TryDequeue(out var page))
        {
            foreach (var target in Links(page).Select(link => link.File).Where(IsPage).Where(reached.Add))
            {
                waiting.Enqueue(target);
            }
        }

        Assert.Empty(Manual.Pages.Select(page => page.Name).Except(reached));
    }

    [Theory]
    [InlineData("## What the sidecar's safety depends on", "what-the-sidecars-safety-depends-on")]
    [InlineData("### `Paths` pass, `a_b` too", "paths-pass-a_b-too")]
    [InlineData("## See [this](x.md)", "see-this")]
    public void Anchor_IsTheOneOfGitHub(string heading, string anchor) => Assert.Equal([anchor], Anchors(heading));

    private static bool IsPage(string file) => file.EndsWith(".md", StringComparison.Ordinal);

    private static string? Problem(DocumentLink link)
    {
        if (!Path.Exists(Repository.File(link.File.Split('/'))))
        {
            return "no such file";
        }

        return link.Anchor.Length == 0 || Anchors(Repository.Text(link.File.Split('/'))).Contains(link.Anchor) ? null : "no such heading";
    }

    private static IEnumerable<DocumentLink> Links(string page) =>
        Link()
            .Matches(Fenced().Replace(Repository.Text(page.Split('/')), ""))
            .Select(match => match.Groups[1].Value)
            .Where(target => !Scheme().IsMatch(target))
            .Select(target =>
            {
                var parts = target.Split('#', 2);
                var path = Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(page)!, parts[0]));
                var file = parts[0].Length == 0 ? page : Path.GetRelativePath(Repository.Root, path).Replace('\\', '/');
                return new DocumentLink(target, file, parts.Length > 1 ? parts[1] : "");
            });

    private static IReadOnlyList<string> Anchors(string text)
    {
        var seen = new Dictionary<string, int>();
        return
        [
            .. Heading()
                .Matches(Fenced().Replace(text, ""))
                .Select(match => Slug(match.Groups[1].Value))
                .Select(slug =>
                {
                    var number = seen[slug] = seen.GetValueOrDefault(slug, -1) + 1;
                    return number == 0 ? slug : $"{slug}-{number}";
                }),
        ];
    }

    private static string Slug(string heading) =>
        NoAnchor().Replace(Target().Replace(heading.Trim(), "$1").ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^[a-z]+:")]
    private static partial Regex Scheme();

    [GeneratedRegex(@"^#{1,6} (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex Target();

    [GeneratedRegex(@"[^\p{L}\p{N}_ -]")]
    private static partial Regex NoAnchor();

    [GeneratedRegex(@"^```.*?^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fenced();

    private sealed record DocumentLink(string Written, string File, string Anchor);
}
