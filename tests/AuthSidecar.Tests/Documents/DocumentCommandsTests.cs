using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AuthSidecar.Administration.Commands;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.Tests.Administration.Commands;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Tests.Documents;

/// <summary>The commands of the manual, verbatim and in order, on a separate store.</summary>
public sealed partial class DocumentCommandsTests : IDisposable
{
    private const string Sidecar = "authsidecar";
    private const string Settings = """
        {
          "DataDirectory": "FILES/data",
          "Listen": { "Check": "unix:FILES/check.sock" },
          "Auth": { "LegacyPepper": "file:FILES/secret" },
          "Providers": { "openai": { "Credential": "file:FILES/secret" } },
          "Jwt": [ { "Issuer": "https://id.example.com", "Audiences": ["llm"] } ]
        }
        """;

    private static readonly RootCommand _commands = CommandLine.Build(new(), SettingsSource.OfProcess(null, []));
    private static readonly Readme _import = new("docs", "guides", "import.md");

    /// <summary>Prerequisites of a block.</summary>
    private static readonly Dictionary<string, string[]> _before = new() { ["budgets"] = ["users create alice", "groups create staff"] };

    private readonly TemporaryDirectory _directory = new();

    /// <summary>Page and name of each block with commands of the sidecar.</summary>
    public static IReadOnlyList<object[]> Blocks { get; } =
    [
        .. from page in Manual.Pages
        from fence in page.Fences()
        where fence.Language == "sh" && fence.Name.Length > 0
        where Lines(page, fence.Name).All(line => Path.GetFileName(line.Split(' ')[0]) == Sidecar)
        select new object[] { page.Name, fence.Name },
    ];

    public void Dispose() => _directory.Dispose();

    [Theory, MemberData(nameof(Blocks))]
    public async Task Commands_Succeed(string page, string block)
    {
        await File.WriteAllTextAsync(_directory["authsidecar.json"], Settings.Replace("FILES", _directory.Path, StringComparison.Ordinal));
        await File.WriteAllTextAsync(_directory["secret"], "a secret of at least thirty-two characters");
        var loaded = SettingsLoader.Load(new(null, new Dictionary<string, string>(), [], _directory.Path));
        Assert.Empty(loaded.Errors);
        var run = new CommandRunner("") { LoadSettings = _ => loaded.Settings! };
        await WriteFilesAsync();
        await run.JsonAsync("migrate");
        foreach (var line in _before.GetValueOrDefault(block, []))
        {
            await run.JsonAsync(line.Split(' '));
        }

        foreach (var line in Lines(Manual.Page(page), block))
        {
            var (words, into) = Redirected(Arguments(line)[1..]);
            var arguments = await PreparedAsync(words, run, loaded.Settings!);
            Assert.Empty(_commands.Parse(arguments).Errors);
            if (arguments is not ["serve"])
            {
                var (exitCode, output, error) = await run.RunAsync(arguments);
                Assert.Equal((0, ""), (exitCode, error));
                if (into is not null)
                {
                    await File.WriteAllTextAsync(_directory[into], output);
                }
            }
        }
    }

    /// <summary>The members of an import's lines equal those of the table.</summary>
    private async Task WriteFilesAsync()
    {
        foreach (var row in Readme.Rows(Assert.Single(_import.Tables("Formats"))))
        {
            var members = Quoted().Matches(row[1]).Select(match => match.Groups[1].Value);
            var line = new JsonObject(members.Select(member => KeyValuePair.Create(member, Value(member))));
            await File.WriteAllTextAsync(_directory[$"{row[0].Trim('`')}.jsonl"], line.ToJsonString());
        }

        await File.WriteAllTextAsync(_directory["prices.jsonl"], new Readme("docs", "guides", "usage-and-budgets.md").Blocks()["price"]);
    }

    private static JsonNode? Value(string member) =>
        member switch
        {
            "id" => "aBcDeF0123",
            "hashed_secret" or "token" or "token_hash" => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(member))),
            "user_id" or "user" or "key_alias" => "alice",
            "expires_at" or "expires" => "2030-01-01T00:00:00Z",
            "last_used_at" => "2026-01-01T00:00:00Z",
            "revoked_at" => null,
            "scopes" => new JsonArray("llm:invoke"),
            "models" => new JsonArray("gpt-*"),
            "blocked" => false,
            "max_budget" => 50,
            "budget_duration" => "30d",
            "spend" => 1.5,
            "rpm_limit" or "tpm_limit" or "max_parallel_requests" => 60,
            "allowed_routes" => new JsonArray("llm_api_routes"),
            _ => throw new ArgumentOutOfRangeException(nameof(member), member, "A member without a sample."),
        };

    // Paths are below the test's directory; a key's id exists only after its creation, and a decision must exist before it is explained.
    private async Task<string[]> PreparedAsync(string[] arguments, CommandRunner run, SidecarSettings settings)
    {
        if (arguments is ["explain", var decision])
        {
            await using var store = SqliteStore.For(settings.Store, settings.DataDirectory, TimeProvider.System);
            await store.PrepareAsync(CancellationToken.None);
            await new UsageRepository(store, UsageHarness.CostOf).WriteAsync([UsageParts.Decided(decision)], CancellationToken.None);
        }

        var key = arguments.IndexOf("--key") is var index and >= 0 ? index + 1 : -1;
        if (key >= 0)
        {
            arguments[key] = (await run.JsonAsync("keys", "create", "--user", "alice")).GetProperty("id").GetString()!;
        }

        string[] config = arguments[0] == "config" ? ["--config", _directory["authsidecar.json"]] : [];
        return
        [
            .. arguments.Select(argument =>
                argument.EndsWith(".jsonl", StringComparison.Ordinal) || argument == "revoked.json" ? _directory[argument] : argument
            ),
            .. config,
        ];
    }

    private static (string[] Words, string? Into) Redirected(string[] words) =>
        words is [.. var before, ">", var file] ? (before, file) : (words, null);

    private static string[] Lines(Readme page, string block) => page.Blocks()[block].Trim().Split('\n');

    // Shell syntax: single quotes and comments.
    private static string[] Arguments(string line) =>
        [.. Argument().Matches(line).Select(match => match.Value.Trim('\'')).TakeWhile(argument => argument != "#")];

    [GeneratedRegex("'[^']*'|\\S+")]
    private static partial Regex Argument();

    [GeneratedRegex("\"(\\w+)\"")]
    private static partial Regex Quoted();
}
