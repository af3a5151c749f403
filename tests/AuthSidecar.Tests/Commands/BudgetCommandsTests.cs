using AuthSidecar.Tests.Storage;

namespace AuthSidecar.Tests.Commands;

public sealed class BudgetCommandsTests : IDisposable
{
    private const string Alice = "0f0e0d0c-0b0a-0908-0706-050403020100";

    private readonly TemporaryDirectory _directory = new();
    private readonly CommandRunner _run;

    public BudgetCommandsTests() => _run = new(_directory.Path);

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("0", 0)]
    [InlineData("0.000001", 1)]
    [InlineData("12.5", 12_500_000)]
    [InlineData("12.3456780", 12_345_678)]
    [InlineData("1000000", 1_000_000_000_000)]
    public async Task Set_PrintsTheBudgetInMillionths(string dollars, long micros)
    {
        await _run.JsonAsync("users", "create", "alice", "--id", Alice);

        Assert.Equal($$"""{"scope":"user","id":"{{Alice}}","limitMicroUsd":{{micros}}}""", (await _run.JsonAsync("budgets", "set", "--user", "alice", "--limit-usd", dollars)).GetRawText());
    }

    [Fact]
    public async Task Set_Again_Replaces()
    {
        await _run.JsonAsync("users", "create", "alice");
        await _run.JsonAsync("groups", "create", "staff");
        var key = (await _run.JsonAsync("keys", "create", "--user", "alice")).GetProperty("id").GetString()!;

        foreach (var dollars in new[] { "1", "2" })
        {
            Assert.Equal("""{"scope":"group","id":"staff","limitMicroUsd":""" + dollars + "000000}", (await _run.JsonAsync("budgets", "set", "--group", "staff", "--limit-usd", dollars)).GetRawText());
            Assert.Equal($$"""{"scope":"key","id":"{{key}}","limitMicroUsd":{{dollars}}000000}""", (await _run.JsonAsync("budgets", "set", "--key", key, "--limit-usd", dollars)).GetRawText());
        }

        Assert.Equal("SCOPE  ID     LIMIT USD\ngroup  staff  2.50\n", (await _run.RunAsync("budgets", "set", "--group", "staff", "--limit-usd", "2.5")).Output);
    }

    [Theory]
    [InlineData("unknown_user", "--user", "bob")]
    [InlineData("unknown_group", "--group", "none")]
    [InlineData("unknown_key", "--key", "none")]
    public async Task Set_ForNobody_IsRefused(string code, params string[] words)
    {
        var failure = await _run.FailAsync(["budgets", "set", .. words, "--limit-usd", "1"]);

        Assert.Equal((1, code), (failure.ExitCode, failure.Code));
    }

    [Theory]
    [InlineData("--limit-usd", "1")]
    [InlineData("--user", "alice")]
    [InlineData("--user", "alice", "--group", "g", "--limit-usd", "1")]
    [InlineData("--user", "alice", "--group", "g", "--key", "k", "--limit-usd", "1")]
    [InlineData("--user", "alice", "--limit-usd", "-1")]
    [InlineData("--user", "alice", "--limit-usd", "0.0000001")]
    [InlineData("--user", "alice", "--limit-usd", "1000000.000001")]
    [InlineData("--user", "alice", "--limit-usd", "1e3")]
    [InlineData("--user", "alice", "--limit-usd", "1,5")]
    [InlineData("--user", "alice", "--limit-usd", "$1")]
    [InlineData("--user", "alice", "--limit-usd", "")]
    [InlineData("--user", "alice", "--limit-usd", "99999999999999999999999999999999999999")]
    public async Task WrongWords_AreToldAsSuch(params string[] words)
    {
        await _run.JsonAsync("users", "create", "alice");

        Assert.Equal(64, (await _run.FailAsync(["budgets", "set", .. words])).ExitCode);
    }
}
