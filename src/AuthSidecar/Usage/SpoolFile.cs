using System.Buffers;
using System.IO.Pipelines;
using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>A file of the spool that is read back; nobody else has it meanwhile.</summary>
internal sealed class SpoolFile : IAsyncDisposable
{
    private const int BytesAtOnce = 65_536;

    private readonly FileStream _file;
    private readonly PipeReader _reader;

    private SpoolFile(FileStream file)
    {
        _file = file;
        _reader = PipeReader.Create(file, new(bufferSize: BytesAtOnce, leaveOpen: true));
    }

    /// <summary>Lines so far that are no parts: the last one of a process that was killed.</summary>
    public int Torn { get; private set; }

    /// <returns>Null when somebody else has it, or had.</returns>
    public static SpoolFile? TryOpen(string path)
    {
        try
        {
            return new(new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.ReadWrite, Share = FileShare.None }));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads the next parts.</summary>
    /// <returns>False at the end.</returns>
    public async Task<bool> ReadAsync(List<UsageRow> parts, int most, CancellationToken cancellationToken)
    {
        while (parts.Count < most)
        {
            var read = await _reader.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            while (parts.Count < most && TryLine(ref rest, read.IsCompleted, out var line))
            {
                Add(parts, line);
            }

            _reader.AdvanceTo(rest.Start, parts.Count < most ? rest.End : rest.Start);
            if (read.IsCompleted && rest.IsEmpty)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Takes it away: all that was in it is committed.</summary>
    public void Remove() => File.Delete(_file.Name);

    public async ValueTask DisposeAsync()
    {
        await _reader.CompleteAsync();
        await _file.DisposeAsync();
    }

    private static bool TryLine(ref ReadOnlySequence<byte> rest, bool isAll, out ReadOnlySequence<byte> line)
    {
        if (rest.PositionOf((byte)'\n') is { } end)
        {
            line = rest.Slice(0, end);
            rest = rest.Slice(rest.GetPosition(1, end));
            return true;
        }

        line = rest;
        if (isAll && !rest.IsEmpty)
        {
            rest = rest.Slice(rest.End);
            return true;
        }

        return false;
    }

    private void Add(List<UsageRow> parts, ReadOnlySequence<byte> line)
    {
        if (SpoolLine.Read(line.IsSingleSegment ? line.FirstSpan : line.ToArray()) is { } part)
        {
            parts.Add(part);
        }
        else
        {
            Torn++;
        }
    }
}
