using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.Tests.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Administration.Commands;

public sealed class PriceCommandsTests : IDisposable
{
    private const string Good =
        """{"provider":"openai","model":"gpt-5*","from":"2026-01-01","input":1250000,"output":10000000,"cachedRead":125000}""";

    private readonly TemporaryDirectory _directory = new();
    private readonly CommandRunner _run;

    public PriceCommandsTests() =>
        _run = new(_directory["data"]) { Settings = { Providers = { ["openai"] = new(), ["anthropic"] = new() } } };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Import_TakesWhatIsThere_AndReplacesTheSameDay()
    {
        Write(
            $$"""
            {{Good}}

            {"model":"claude-*","provider":"anthropic","reasoning":null,"from":"2026-01-31T23:00:00-01:00","input":0,"output":10000000000,"cachedWrite":1}
            """
        );
        Assert.Equal("""{"imported":2}""", (await _run.JsonAsync("prices", "import", _directory["prices"])).GetRawText());
        Write(
            """
            {"provider":"openai","model":"gpt-5*","from":"2026-01-01T00:00:00Z","output":1,"reasoning":2}
            {"provider":"openai","model":"gpt-5*","from":"2026-01-02","input":3}
            """
        );
        Assert.Equal("Imported 2 prices.\n", (await _run.RunAsync("prices", "import", _directory["prices"])).Output);

        Assert.Equal(
            [
                "anthropic claude-* 2026-02-01 00:00 0 10000000000 - 1 -",
                "openai gpt-5* 2026-01-01 00:00 - 1 - - 2",
                "openai gpt-5* 2026-01-02 00:00 3 - - - -",
            ],
            await PricesAsync()
        );
    }

    [Theory]
    [InlineData("""{"provider":"openai","model":"gpt-5","from":"2026-01-01","input":1""", "is not JSON, or has a duplicate member")]
    [InlineData("""[]""", "is not a JSON object")]
    [InlineData(
        """{"provider":"openai","provider":"x","model":"gpt-5","from":"2026-01-01","input":1}""",
        "is not JSON, or has a duplicate member"
    )]
    [InlineData("""{"model":"gpt-5","from":"2026-01-01","input":1}""", "provider is missing")]
    [InlineData("""{"provider":"openai","from":"2026-01-01","input":1}""", "model is missing")]
    [InlineData("""{"provider":"openai","model":"gpt-5","input":1}""", "from is missing")]
    [InlineData(
        """{"provider":"","model":"gpt 5","from":"2026-01-01","input":1}""",
        "provider is not text of 1 to 256 printable characters without blanks; model is not text of 1 to 256 printable characters without blanks"
    )]
    [InlineData(
        """{"provider":"openai","model":5,"from":"2026-01-01","input":1}""",
        "model is not text of 1 to 256 printable characters without blanks"
    )]
    [InlineData(
        """{"provider":"openai","model":"gpt-5","from":"01.02.2026","input":1}""",
        "from is not a day such as 2026-01-31, or a time such as 2026-01-31T00:00:00Z"
    )]
    [InlineData(
        """{"provider":"openai","model":"gpt-5","from":"2026-02-30","input":1}""",
        "from is not a day such as 2026-01-31, or a time such as 2026-01-31T00:00:00Z"
    )]
    [InlineData(
        """{"provider":"openai","model":"gpt-5","from":"2026-01-01"}""",
        "there is no price: none of input, output, cachedRead, cachedWrite, reasoning"
    )]
    [InlineData(
        """{"provider":"openai","model":"gpt-5","from":"2026-01-01","input":null}""",
        "there is no price: none of input, output, cachedRead, cachedWrite, reasoning"
    )]
    [InlineData(
        """{"provider":"openai","model":"gpt-5","from":"2026-01-01","input":-1}""",
        "input is not a whole number of micro-USD per million tokens from 0 to 10000000000"
    )]
    [InlineData(
        """{"provider":"openai","model":"gpt-5","from":"2026-01-01","input":1.5}""",
        "input is not a whole number of micro-USD per million tokens from 0 to 10000000000"
    )]
    [InlineData(
        """{"provider":"openai","model":"gpt-5","from":"2026-01-01","output":"1"}""",
        "output is not a whole number of micro-USD per million tokens from 0 to 10000000000"
    )]
    [InlineData(
        """{"provider":"openai","model":"gpt-5","from":"2026-01-01","reasoning":10000000001}""",
        "reasoning is not a whole number of micro-USD per million tokens from 0 to 10000000000"
    )]
    [InlineData(
        """{"provider":"openai","model":"gpt-5","from":"2026-01-01","input":1,"cached_read":1}""",
        "cached_read is none of provider, model, from, input, output, cachedRead, cachedWrite, reasoning"
    )]
    public async Task BadLine_IsReported_AndNothingIsImported(string line, string problem)
    {
        Write($"{Good}\n\n{line}\n{Good}\n");

        Assert.Equal(
            (1, "invalid_import", $"Nothing was imported:\nline 3: {problem}\nline 4: the same provider, model and date as in line 1"),
            await _run.FailAsync("prices", "import", _directory["prices"])
        );
        Assert.Empty(await PricesAsync());
    }

    [Fact]
    public async Task BinaryFile_IsReported()
    {
        await File.WriteAllBytesAsync(_directory["prices"], [(byte)'{', 0x80, (byte)'\n']);

        Assert.Equal(
            (1, "invalid_import", "Nothing was imported:\nline 1 or one of the next: is not UTF-8"),
            await _run.FailAsync("prices", "import", _directory["prices"])
        );
    }

    [Fact]
    public async Task UnreadableFile_IsReported() =>
        Assert.Equal("cannot_read", (await _run.FailAsync("prices", "import", _directory["nowhere"])).Code);

    [Fact]
    public async Task UnconfiguredProvider_IsReported()
    {
        Write(Good.Replace("openai", "opnai", StringComparison.Ordinal));

        var (exitCode, _, error) = await _run.RunAsync("prices", "import", _directory["prices"]);

        Assert.Equal(0, exitCode);
        Assert.StartsWith("warning: opnai is not in Providers", error, StringComparison.Ordinal);
        Assert.Single(await PricesAsync());
    }

    [Fact]
    public async Task List_ShowsCurrentPrices_AndImportTakesThemBack()
    {
        Write(
            """
            {"provider":"openai","model":"gpt-5*","from":"2026-01-01","input":1250000,"output":10000000,"cachedRead":125000}
            {"provider":"openai","model":"gpt-5*","from":"2025-01-01","input":2000000}
            {"provider":"openai","model":"o3","from":"2999-01-01T01:00:00+01:00","input":1}
            {"provider":"anthropic","model":"claude-*","from":"2026-01-01","output":0}
            """
        );
        await _run.JsonAsync("prices", "import", _directory["prices"]);

        Assert.Equal(
            """
            PROVIDER   MODEL     FROM                  STATE    INPUT  OUTPUT  CACHED READ  CACHED WRITE  REASONING
            anthropic  claude-*  2026-01-01 00:00:00Z  current  -      0.00    -            -             -
            openai     gpt-5*    2026-01-01 00:00:00Z  current  1.25   10.00   0.125        -             -

            """,
            (await _run.RunAsync("prices", "list")).Output
        );
        Assert.Equal(
            """
            PROVIDER  MODEL   FROM                  STATE    INPUT     OUTPUT  CACHED READ  CACHED WRITE  REASONING
            openai    gpt-5*  2025-01-01 00:00:00Z  former   2.00      -       -            -             -
            openai    gpt-5*  2026-01-01 00:00:00Z  current  1.25      10.00   0.125        -             -
            openai    o3      2999-01-01 00:00:00Z  future   0.000001  -       -            -             -

            """,
            (await _run.RunAsync("prices", "list", "--all", "--provider", "openai")).Output
        );
        Assert.Equal(
            """[{"provider":"openai","model":"gpt-5*","from":"2026-01-01T00:00:00Z","input":1250000,"output":10000000,"cachedRead":125000,"cachedWrite":null,"reasoning":null}]""",
            (await _run.JsonAsync("prices", "list", "--model", "gpt-5-mini")).GetProperty("items").GetRawText()
        );
        var all = (await _run.JsonAsync("prices", "list", "--all")).GetProperty("items").EnumerateArray().ToList();
        Write(string.Join('\n', all.Select(price => price.GetRawText())));
        Assert.Equal(4, (await _run.JsonAsync("prices", "import", _directory["prices"])).GetProperty("imported").GetInt32());
        Assert.Equal(4, (await PricesAsync()).Count);
    }

    [Theory]
    [InlineData("--provider")]
    [InlineData("--model")]
    [InlineData("--all", "yes")]
    [InlineData("openai")]
    public async Task List_WrongArguments_AreUsageErrors(params string[] words) =>
        Assert.Equal(64, (await _run.FailAsync(["prices", "list", .. words])).ExitCode);

    private void Write(string text) => File.WriteAllText(_directory["prices"], text);

    private async Task<List<string>> PricesAsync()
    {
        await using var store = SqliteStore.For(new(), _directory["data"], TimeProvider.System);
        await using var context = store.Open();
        return [.. (await context.Prices.AsNoTracking().ToListAsync()).Select(Line).Order(StringComparer.Ordinal)];

        static string Line(Price price) =>
            $"{price.Provider} {price.Model} {price.From:yyyy-MM-dd HH:mm} "
            + $"{string.Join(' ', new[] { price.Input, price.Output, price.CachedRead, price.CachedWrite, price.Reasoning }.Select(micros => micros?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-"))}";
    }
}
