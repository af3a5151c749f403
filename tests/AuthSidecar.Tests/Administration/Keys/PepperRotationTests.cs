using AuthSidecar.Access.Identities;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Tests.Access.Authentication;
using AuthSidecar.Tests.Administration.Commands;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Administration.Keys;

/// <summary>The steps of docs/operations/rotation.md.</summary>
public class PepperRotationTests
{
    private const string Old = "the pepper of last year";
    private const string New = "the pepper of this year";

    [Fact]
    public async Task Steps_MoveEveryKeyInUse_AndShowTheOthers()
    {
        await using var before = await KeyFixture.StartAsync(null, Old);
        await before.CreateUserAsync();
        var (used, idle) = (await before.CreateKeyAsync(), await before.CreateKeyAsync());
        Assert.Equal(["0", "0"], await PeppersAsync(before));

        await using (var known = await before.StartAnotherAsync(Old, New))
        {
            Assert.NotNull((await known.AuthenticateAsync(used.Token)).Identity);
            await known.Bookkeeping.FlushAsync(default);
            Assert.Equal(["0", "0"], await PeppersAsync(known));
        }

        await using (var both = await before.StartAnotherAsync(New, Old))
        {
            Assert.Equal(["1", "1"], await PeppersAsync(both));
            Assert.NotNull((await both.AuthenticateAsync(used.Token)).Identity);
            await both.Bookkeeping.FlushAsync(default);
            Assert.Equal(["0", "1"], await PeppersAsync(both));
        }

        await using var after = await before.StartAnotherAsync(New);
        var log = new RecordingLogger<PepperCensus>();
        using var census = new PepperCensus(after.Store, after.Hasher, after.Clock, new TestMeters(), log);
        await census.CountAsync(default);
        await census.CountAsync(default);
        Assert.Equal(new Dictionary<string, int> { ["0"] = 1, ["removed"] = 1 }, census.Counts);
        Assert.Contains("1 keys in force are hashed with a pepper", Assert.Single(log.Entries).Message, StringComparison.Ordinal);
        Assert.Equal(["0", "removed"], await PeppersAsync(after));
        Assert.NotNull((await after.AuthenticateAsync(used.Token)).Identity);
        Assert.Equal(AuthenticationFailure.InvalidKey, (await after.AuthenticateAsync(idle.Token)).Failure);
    }

    [Fact]
    public async Task KeyOfAnOlderVersion_IsUnknownUntilItsUse()
    {
        await using var fixture = await KeyFixture.StartAsync(null, Old);
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        fixture.Execute("UPDATE ApiKeys SET Pepper = NULL");
        Assert.Equal(["unknown"], await PeppersAsync(fixture));

        Assert.NotNull((await fixture.AuthenticateAsync(key.Token)).Identity);
        await fixture.Bookkeeping.FlushAsync(default);

        Assert.Equal(["0"], await PeppersAsync(fixture));
    }

    private static async Task<IEnumerable<string?>> PeppersAsync(KeyFixture fixture)
    {
        var run = new CommandRunner("") { LoadSettings = _ => fixture.Settings };
        Assert.Contains("PEPPER", (await run.RunAsync("keys", "list", "--pepper")).Output, StringComparison.Ordinal);
        var keys = await run.JsonAsync("keys", "list", "--pepper");
        return keys.GetProperty("items")
            .EnumerateArray()
            .Select(key => key.GetProperty("pepper").GetString())
            .Order(StringComparer.Ordinal);
    }
}
