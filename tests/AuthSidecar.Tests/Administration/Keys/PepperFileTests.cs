using AuthSidecar.Administration.Keys;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Tests.Platform.Storage;

namespace AuthSidecar.Tests.Administration.Keys;

public class PepperFileTests
{
    [Fact]
    public async Task FirstStart_MakesOneThatOnlyItsUserCanRead()
    {
        using var directory = new TemporaryDirectory();

        var pepper = await ReadAsync(directory["data"]);

        Assert.Matches("^[0-9a-f]{64}$", pepper.Reveal());
        Assert.Equal(SecretSource.Generated, pepper.Source);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(directory["data/pepper"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory["data"]));
        Assert.Equal(pepper, await ReadAsync(directory["data"]));
    }

    [Fact]
    public async Task ManyStartAtOnce_AllHaveTheSame()
    {
        using var directory = new TemporaryDirectory();
        using var start = new ManualResetEventSlim();
        var starts = Enumerable
            .Range(0, 32)
            .Select(_ =>
                Task.Run(async () =>
                {
                    start.Wait();
                    return (await ReadAsync(directory["data"])).Reveal();
                })
            )
            .ToList();

        start.Set();
        var peppers = await Task.WhenAll(starts);

        Assert.Single(peppers.Distinct());
        Assert.Equal(peppers[0], await File.ReadAllTextAsync(directory["data/pepper"]));
    }

    [Fact]
    public async Task KilledWhileMakingIt_LeavesNothingThatCounts()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory["pepper.draft"], "half");

        var pepper = await ReadAsync(directory.Path);

        Assert.Equal(64, pepper.Reveal().Length);
    }

    [Fact]
    public async Task FileIsEmpty_IsAnErrorAndNotANewPepper()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory["pepper"], "\n");

        var exception = await Assert.ThrowsAsync<StoreConfigurationException>(() => ReadAsync(directory.Path));

        Assert.Contains(directory["pepper"], exception.Message, StringComparison.Ordinal);
        Assert.Equal("\n", await File.ReadAllTextAsync(directory["pepper"]));
    }

    [Fact]
    public async Task DirectoryCannotBeMade_IsStoreUnavailable()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory["file"], "");

        await Assert.ThrowsAsync<StoreUnavailableException>(() => ReadAsync(directory["file/data"]));
    }

    [Fact]
    public async Task PeppersAreConfigured_MakesNone()
    {
        using var directory = new TemporaryDirectory();
        var peppers = await PepperFile.PeppersOfAsync(
            [new("configured"), new("older")],
            directory["data"],
            TimeProvider.System,
            CancellationToken.None
        );

        Assert.Equal(["configured", "older"], peppers.Select(pepper => pepper.Reveal()));
        Assert.False(Directory.Exists(directory["data"]));
    }

    private static Task<Secret> ReadAsync(string directory) =>
        PepperFile.ReadOrCreateAsync(directory, TimeProvider.System, CancellationToken.None);
}
