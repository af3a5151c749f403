using System.Buffers;
using System.IO.Pipelines;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>A file of the spool or of a journal, opened exclusively for its replay.</summary>
internal sealed class SpoolFile : IAsyncDisposable
{
    private const int BytesAtOnce = 65_536;

    private readonly FileStream _file;
    private readonly PipeReader _reader;
    private readonly bool _isJournal;

    private SpoolFile(FileStream file)
    {
        _file = file;
        _isJournal = file.Name.EndsWith(UsageJournal.Extension, StringComparison.Ordinal);
        _reader = PipeReader.Create(file, new(bufferSize: BytesAtOnce, leaveOpen: true));
    }

    /// <summary>Incomplete reports so far, such as the last one of a killed process.</summary>
    public int Torn { get; private set; }

    /// <returns>Null when another process holds the file or has removed it.</returns>
    public static SpoolFile? TryOpen(string path)
    {
        try
        {
            return new(
                new FileStream(
                    path,
                    new FileStreamOptions
                    {
                        Mode = FileMode.Open,
                        Access = FileAccess.ReadWrite,
                        Share = FileShare.None,
                    }
                )
            );
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads the next reports.</summary>
    /// <returns>False at the end.</returns>
    public async Task<bool> ReadAsync(List<UsageReport> reports, int most, CancellationToken cancellationToken)
    {
        while (reports.Count < most)
        {
            var read = await _reader.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            while (reports.Count < most && TryTake(ref rest, read.IsCompleted, out var one))
            {
                Add(reports, one);
            }

            _reader.AdvanceTo(rest.Start, reports.Count < most ? rest.End : rest.Start);
            if (read.IsCompleted && rest.IsEmpty)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Deletes the file, once all its reports are committed.</summary>
    public void Remove() => File.Delete(_file.Name);

    public async ValueTask DisposeAsync()
    {
        await _reader.CompleteAsync();
        await _file.DisposeAsync();
    }

    private bool TryTake(ref ReadOnlySequence<byte> rest, bool isAll, out ReadOnlySequence<byte> one) =>
        _isJournal ? ReportRecord.TryTake(ref rest, isAll, out one) : TryLine(ref rest, isAll, out one);

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

    private void Add(List<UsageReport> reports, ReadOnlySequence<byte> one)
    {
        var bytes = one.IsSingleSegment ? one.FirstSpan : one.ToArray();
        if ((_isJournal ? ReportRecord.Read(bytes) : SpoolLine.Read(bytes)) is { } report)
        {
            reports.Add(report);
        }
        else
        {
            Torn++;
        }
    }
}
