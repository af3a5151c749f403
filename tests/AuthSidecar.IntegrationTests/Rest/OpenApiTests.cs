using AuthSidecar.IntegrationTests.Reports;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Rest;

/// <summary>The OpenAPI document of the real program.</summary>
public sealed class OpenApiTests(ReportServers servers) : IClassFixture<ReportServers>
{
    private static readonly string _file = Repository.File("docs", "reference", "openapi.json");

    [Fact]
    public async Task Document_IsTheCommittedOne_PublicAndCacheable()
    {
        var answer = await servers.GetAsync("/api/openapi.json", ("None", ""));
        Assert.Equal((200, "public, max-age=300"), (answer.Status, answer.Caching));
        if (Environment.GetEnvironmentVariable("UPDATE_GENERATED") == "1")
        {
            await File.WriteAllTextAsync(_file, answer.Text.TrimEnd() + "\n");
        }

        Assert.Equal((await File.ReadAllTextAsync(_file)).TrimEnd(), answer.Text.TrimEnd());
    }

    [Fact]
    public void Document_HasNoErrorOfTheLinter()
    {
        var packages = NodePackages.Integration;
        var (exitCode, output) = Programs.Run(
            Programs.OnPath("node")!,
            [packages.File("@redocly", "cli", "bin", "cli.js"), "lint", "--extends=recommended", "--format=stylish", _file],
            packages.Directory
        );
        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public async Task Table_HasEachOperation()
    {
        var contract = new ApiContract((await servers.GetAsync("/api/openapi.json")).Text);
        var rows = File.ReadLines(Repository.File("docs", "reference", "rest.md"))
            .Where(line =>
                line.StartsWith("| `", StringComparison.Ordinal)
                && (line.Contains(" /api", StringComparison.Ordinal) || line.Contains(" /auth", StringComparison.Ordinal))
            )
            .Select(line => line.Split('`')[1])
            .Where(row => char.IsAsciiLetterUpper(row[0]) && row.Split(' ').Length == 2)
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();
        var missing = contract.Operations.Except(rows).ToList();
        Assert.True(missing.Count == 0, $"docs/reference/rest.md lacks:\n{string.Join('\n', missing)}");
        Assert.Empty(rows.Except(contract.Operations));
    }
}
