using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Tests.Platform.Storage;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void New_IsOnlyTheOwners()
    {
        Assert.Null(DataDirectory.Prepare(_directory["data"]));

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(_directory["data"])
        );
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory["data"]));
    }

    [Fact]
    public void WritableByOthers_IsClosedWithAWarning()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Directory.CreateDirectory(_directory["data"]);
        File.SetUnixFileMode(_directory["data"], (UnixFileMode)0b111_111_111);

        Assert.Contains("other users", DataDirectory.Prepare(_directory["data"]), StringComparison.Ordinal);

        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(_directory["data"]));
        Assert.Null(DataDirectory.Prepare(_directory["data"]));
    }

    [Fact]
    public void NotADirectory_IsASentence()
    {
        File.WriteAllText(_directory["data"], "");

        var problem = Assert.Throws<StoreUnavailableException>(() => DataDirectory.Prepare(_directory["data"]));

        Assert.StartsWith($"The data directory {_directory["data"]} cannot be used: ", problem.Message, StringComparison.Ordinal);
    }
}
