using System.Text.Json;
using AuthSidecar.Tests.Platform.Storage;

namespace AuthSidecar.Tests.Administration.Commands;

public sealed class ImportCommandTests : IDisposable
{
    private const string Hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private readonly TemporaryDirectory _directory = new();
    private readonly CommandRunner _run;

    public ImportCommandTests() => _run = new(_directory["data"]);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Import_ReportsTheCount_AndListsTheKeys()
    {
        Write(
            $$"""
            {"id":"aBcDeF0123","hashed_secret":"{{Hash}}","user_id":"ALICE","scopes":["llm:invoke"],"expires_at":"2030-01-01T00:00:00Z"}

            {"id":"aBcDeF0124","hashed_secret":"{{Hash.Replace('0', '1')}}","user_id":"0198b0c0-0000-7000-8000-000000000001"}
            """
        );

        var result = await _run.JsonAsync("keys", "import", "--format", "coder", _directory["keys"]);

        Assert.Equal("""{"imported":2}""", result.GetRawText());
        var items = (await _run.JsonAsync("keys", "list")).GetProperty("items").EnumerateArray().ToDictionary(item => Text(item, "id"));
        Assert.Equal(["aBcDeF0123", "aBcDeF0124"], items.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("2030-01-01T00:00:00Z", Text(items["aBcDeF0123"], "expiresAt"));
        Assert.Equal("0198b0c0-0000-7000-8000-000000000001", Text(items["aBcDeF0124"], "userId"));
        Assert.Equal(
            ["ALICE", "user-0198b0c0-0000-7000-8000-000000000001"],
            (await _run.JsonAsync("users", "list"))
                .GetProperty("items")
                .EnumerateArray()
                .Select(user => Text(user, "name"))
                .Order(StringComparer.Ordinal)
        );
        Assert.DoesNotContain(Hash, _run.Printed.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task BadLines_AreReported_AndNothingIsStored()
    {
        Write(
            $$"""
            {"token":"{{Hash}}","user_id":"alice"}
            {"token":"{{Hash}}x","user_id":"alice"}
            """
        );

        Assert.Equal(
            (1, "invalid_import", "Nothing was imported:\nline 2: token is not a SHA-256 in 64 hexadecimal digits"),
            await _run.FailAsync("keys", "import", "--format", "litellm", _directory["keys"])
        );
        Assert.Equal(0, (await _run.JsonAsync("users", "list")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task UnreadableFile_IsReported()
    {
        var (exitCode, code, message) = await _run.FailAsync("keys", "import", "--format", "legacy", _directory["nowhere"]);

        Assert.Equal((1, "cannot_read"), (exitCode, code));
        Assert.Contains("nowhere", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LegacyKeysWithoutTheirPepper_AreImportedWithAWarning()
    {
        Write($$"""{"token_hash":"{{Hash}}","user":"alice"}""");

        var (exitCode, output, error) = await _run.RunAsync("keys", "import", "--format", "legacy", _directory["keys"]);

        Assert.Equal((0, "Imported 1 keys.\n"), (exitCode, output));
        Assert.StartsWith("warning: Auth:LegacyPepper is empty", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BudgetsForAllTime_AreImportedWithAWarning()
    {
        Write($$"""{"token":"{{Hash}}","max_budget":5}""");

        var (exitCode, output, error) = await _run.RunAsync("keys", "import", "--format", "litellm", _directory["keys"]);

        Assert.Equal((0, "Imported 1 keys.\n"), (exitCode, output));
        Assert.StartsWith("warning: 1 keys have a max_budget without budget_duration", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InvalidUtf8_IsReported()
    {
        await File.WriteAllBytesAsync(_directory["keys"], [.. "{\"token\":\""u8, 0xFF, 0xFE, .. "\"}"u8]);

        var (exitCode, code, message) = await _run.FailAsync("keys", "import", "--format", "coder", _directory["keys"]);

        Assert.Equal((1, "invalid_import"), (exitCode, code));
        Assert.Contains("is not UTF-8", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keys", "import", "file")]
    [InlineData("keys", "import", "--format", "vault", "file")]
    [InlineData("keys", "import", "--format", "coder")]
    public async Task UnknownMembers_AreReported(params string[] words) => Assert.Equal(64, (await _run.FailAsync(words)).ExitCode);

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private void Write(string lines) => File.WriteAllText(_directory["keys"], lines);
}
