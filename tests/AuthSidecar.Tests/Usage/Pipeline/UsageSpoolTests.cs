using System.Text.Json;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Tests.Usage.Pipeline;

public sealed class UsageSpoolTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Spool => _directory["spool"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task SpooledReports_ReadBackUnchanged_FromPrivateFiles()
    {
        var random = new Random(1);
        List<UsageReport> parts = [.. Enumerable.Range(0, 500).Select(number => UsageParts.Any(random, UsageParts.Id(number)))];
        parts[0].Path = "/\"quotes\"\n\0 and 日本 😀";
        using (var spool = new UsageSpool(Spool, TimeProvider.System))
        {
            Assert.True(spool.TryKeep(parts[..200]));
            Assert.True(spool.TryKeep(parts[200..]));
        }

        var file = Assert.Single(Directory.GetFiles(Spool));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        var (read, torn) = await ReadAsync();
        Assert.Equal(0, torn);
        Assert.Equal(parts.Count, read.Count);
        Assert.All(parts.Zip(read), pair => Assert.True(UsageColumn.AreSame(UsageRow.From(pair.First), UsageRow.From(pair.Second))));
        Assert.Empty(Directory.GetFiles(Spool));
    }

    [Fact]
    public async Task HalfACharacter_IsKeptAsTheReplacementCharacter()
    {
        using (var spool = new UsageSpool(Spool, TimeProvider.System))
        {
            Assert.True(spool.TryKeep([new() { DecisionId = "d", Client = "x\ud800y" }]));
        }

        Assert.Equal("x\ufffdy", Assert.Single((await ReadAsync()).Parts).Client);
    }

    [Fact]
    public async Task TornOrSpoiledLines_AreSkippedAndCounted()
    {
        using (var spool = new UsageSpool(Spool, TimeProvider.System))
        {
            spool.TryKeep([UsageParts.Decided("a"), UsageParts.Decided("b"), UsageParts.Decided("c")]);
        }

        var path = Assert.Single(Directory.GetFiles(Spool));
        var lines = await File.ReadAllLinesAsync(path);
        for (var length = 1; length < lines[2].Length; length += 7)
        {
            await File.WriteAllTextAsync(path, $"{lines[0]}\nnull\n{{\"Time\":\"now\"}}\n\0\0\n{lines[1]}\n{lines[2][..length]}");

            var (parts, torn) = await ReadAsync(keep: true);

            Assert.Equal(["a", "b"], parts.Select(part => part.DecisionId));
            Assert.Equal(4, torn);
        }
    }

    [Fact]
    public async Task AWrittenFile_IsReadableByItsOwnerOnly()
    {
        using var writing = new UsageSpool(Spool, TimeProvider.System);
        using var another = new UsageSpool(Spool, TimeProvider.System);
        writing.TryKeep([UsageParts.Decided("a")]);

        Assert.Null(another.OpenOldest());
        await using (var file = writing.OpenOldest())
        {
            Assert.NotNull(file);
            Assert.Null(another.OpenOldest());
        }

        await using var free = another.OpenOldest();
        Assert.NotNull(free);
    }

    [Fact]
    public async Task LinesAreReadInPieces_AcrossTheBuffersBorders()
    {
        List<UsageReport> parts =
        [
            .. Enumerable
                .Range(0, 1000)
                .Select(number => new UsageReport { DecisionId = UsageParts.Id(number), Path = new string('x', number * 7 % 1500) }),
        ];
        parts[500].Path = new('y', 300_000);
        using (var spool = new UsageSpool(Spool, TimeProvider.System))
        {
            spool.TryKeep(parts);
        }

        Assert.Equal(
            parts.Select(part => (part.DecisionId, part.Path)),
            (await ReadAsync(atOnce: 3)).Parts.Select(part => (part.DecisionId, part.Path))
        );
    }

    [Fact]
    public void MoreThanTheBound_IsRefusedAndLoggedOnce()
    {
        using var alarm = new StringWriter();
        using var spool = new UsageSpool(Spool, TimeProvider.System, mostBytes: 2 << 20, alarm: alarm);
        var parts = Enumerable.Range(0, 1000).Select(number => UsageParts.Decided(UsageParts.Id(number))).ToList();

        var kept = Enumerable.Range(0, 20).Count(_ => spool.TryKeep(parts));

        Assert.InRange(kept, 1, 19);
        Assert.InRange(spool.Bytes, 1, 2 << 20);
        Assert.Contains("2 MiB", Assert.Single(Lines(alarm)), StringComparison.Ordinal);
    }

    [Fact]
    public void RemovedDataDirectory_IsNotRecreated()
    {
        var sandbox = _directory["data"];
        Directory.CreateDirectory(sandbox);
        using var alarm = new StringWriter();
        using var spool = new UsageSpool(Path.Combine(sandbox, "spool"), TimeProvider.System, alarm: alarm);

        Directory.Move(sandbox, sandbox + ".away");
        Assert.False(spool.TryKeep([UsageParts.Decided("a")]));
        Assert.False(Directory.Exists(sandbox));
        Directory.Move(sandbox + ".away", sandbox);

        Assert.True(spool.TryKeep([UsageParts.Decided("a")]));
        Assert.Contains("is gone", Lines(alarm)[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADiskThatIsFullInTheMiddleOfALine_LeavesNoHalfLine_AndIsUsedAgainWhenItHasRoom()
    {
        using var alarm = new StringWriter();
        FullDisk? disk = null;
        using (var spool = new UsageSpool(Spool, TimeProvider.System, create: path => disk = new(path) { Room = 600 }, alarm: alarm))
        {
            Assert.True(spool.TryKeep([UsageParts.Decided("a")]));
            Assert.False(spool.TryKeep([UsageParts.Decided("lost"), UsageParts.Decided("lost"), UsageParts.Decided("lost")]));
            Assert.False(spool.TryKeep([UsageParts.Decided("lost"), UsageParts.Decided("lost"), UsageParts.Decided("lost")]));
            disk!.Room = 1_000_000;
            Assert.True(spool.TryKeep([UsageParts.Decided("b")]));
        }

        var (parts, torn) = await ReadAsync();
        Assert.Equal(["a", "b"], parts.Select(part => part.DecisionId));
        Assert.Equal(0, torn);
        var said = Lines(alarm);
        Assert.Equal(2, said.Length);
        Assert.Contains("No space left on device", said[0], StringComparison.Ordinal);
        Assert.Contains("writable again", said[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeadLetters_AreNotReadBack()
    {
        using var spool = new UsageSpool(Spool, TimeProvider.System);

        Assert.True(spool.TryBury(new() { Problem = "refused", Report = SpoolLine.Of(UsageParts.Decided("d")) }));
        Assert.True(spool.TryBury(new() { Problem = "refused", Report = SpoolLine.Of(UsageParts.Decided("e")) }));

        Assert.Null(spool.OpenOldest());
        var dead = await File.ReadAllLinesAsync(Path.Combine(Spool, "dead.jsonl"));
        Assert.Equal(2, dead.Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Spool, "dead.jsonl")));
    }

    /// <summary>Other versions read the same spool.</summary>
    [Fact]
    public void NamesInTheSpool_AreThoseOfTheStore()
    {
        var report = UsageParts.Decided("d");
        report.SharedBudgets = "g1 g2";
        var line = SpoolLine.Of(report);
        var letter = JsonSerializer.Serialize(new() { Problem = "refused", Report = line }, SpoolLine.Default.DeadLetter);

        Assert.Equal("g1 g2", JsonDocument.Parse(line).RootElement.GetProperty("Purses").GetString());
        Assert.Equal(line, JsonDocument.Parse(letter).RootElement.GetProperty("Part").GetString());
    }

    private static string[] Lines(StringWriter text) => text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private async Task<(List<UsageReport> Parts, int Torn)> ReadAsync(int atOnce = 4096, bool keep = false)
    {
        using var spool = new UsageSpool(Spool, TimeProvider.System);
        await using var file = spool.OpenOldest();
        Assert.NotNull(file);
        var all = new List<UsageReport>();
        var chunk = new List<UsageReport>();
        for (var isLast = false; !isLast; )
        {
            chunk.Clear();
            isLast = !await file.ReadAsync(chunk, atOnce, CancellationToken.None);
            Assert.InRange(chunk.Count, 0, atOnce);
            all.AddRange(chunk);
        }

        if (!keep)
        {
            file.Remove();
        }

        return (all, file.Torn);
    }

    /// <summary>A file on a disk with limited space: a write that does not fit is written in part.</summary>
    internal sealed class FullDisk(string path) : FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 0)
    {
        public long Room { get; set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var fits = (int)Math.Clamp(Room - Position, 0, buffer.Length);
            base.Write(buffer[..fits]);
            if (fits < buffer.Length)
            {
                throw new IOException("No space left on device");
            }
        }
    }
}
