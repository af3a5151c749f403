using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>
/// Usage reports in files of JSON lines, until the store accepts them. A file belongs to the process that holds its lock, and after that
/// process has ended to the first process that locks it.
/// It is deleted once its reports are committed: at-least-once delivery.
/// </summary>
internal sealed class UsageSpool : IDisposable
{
    public const long MostBytes = 256L << 20;
    public const string Extension = ".jsonl";
    private const string DeadName = "dead.jsonl";
    private const string JournalName = "journal";
    private const long BytesOfAFile = 4 << 20;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, bool> _ownJournals = new(StringComparer.Ordinal);
    private readonly string _directory;
    private readonly string _journal;
    private readonly bool _hasHome;
    private readonly TimeProvider _time;
    private readonly OutageLog _outage;
    private readonly long _mostBytes;
    private readonly Func<string, Stream> _create;
    private readonly TextWriter? _alarm;
    private readonly ArrayBufferWriter<byte> _lines = new();
    private Stream? _file;
    private int _number;

    /// <param name="directory">Created with the first file, unless its parent directory has disappeared since the start.</param>
    /// <param name="time">The clock, for file names.</param>
    /// <param name="mostBytes">Limit of all files together.</param>
    /// <param name="create">Creates a file; replaced in tests of full disks.</param>
    /// <param name="alarm">Receives write failures; null: standard error.</param>
    public UsageSpool(
        string directory,
        TimeProvider time,
        long mostBytes = MostBytes,
        Func<string, Stream>? create = null,
        TextWriter? alarm = null
    )
    {
        _outage = new(time);
        _journal = Path.Combine(Path.GetDirectoryName(directory) ?? "", JournalName);
        (_directory, _hasHome, _time, _mostBytes, _create, _alarm) = (
            directory,
            Directory.Exists(Path.GetDirectoryName(directory)),
            time,
            mostBytes,
            create ?? Create,
            alarm
        );
    }

    private TextWriter Alarm => _alarm ?? Console.Error;

    /// <summary>False when the last attempt found nothing to replay.</summary>
    public bool MayHold { get; private set; } = true;

    /// <summary>Size of all files, including dead letters.</summary>
    public long Bytes
    {
        get
        {
            try
            {
                return new DirectoryInfo(_directory).EnumerateFiles("*" + Extension).Sum(file => file.Length);
            }
            catch (IOException)
            {
                return 0;
            }
        }
    }

    /// <summary>Appends reports; once it returns true, they survive this process.</summary>
    /// <returns>False when the disk does not accept them; logged to standard error at a bounded rate.</returns>
    public bool TryKeep(IReadOnlyList<UsageReport> reports)
    {
        lock (_lock)
        {
            try
            {
                _lines.ResetWrittenCount();
                foreach (var report in reports)
                {
                    Add(SpoolLine.Default.UsageReport, report);
                }

                if (Bytes + _lines.WrittenCount > _mostBytes)
                {
                    throw new IOException($"{_directory} holds {_mostBytes >> 20} MiB, its limit");
                }

                _file ??= Next();
                Append(_file);
                if (_file.Length >= BytesOfAFile)
                {
                    End();
                }

                MayHold = true;
                if (_outage.Recover() is { } outage)
                {
                    Alarm.WriteLine($"Usage spool writable again after {outage.Duration}; {outage.Failures} writes failed.");
                }

                return true;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                Fail(fault);
                return false;
            }
        }
    }

    /// <summary>Appends a dead letter that could not be stored.</summary>
    /// <returns>False when the disk does not accept it.</returns>
    public bool TryBury(DeadLetter letter)
    {
        lock (_lock)
        {
            try
            {
                Make(_directory);
                using var file = new FileStream(Path.Combine(_directory, DeadName), DataDirectory.NewFile(FileMode.OpenOrCreate));
                file.Seek(0, SeekOrigin.End);
                _lines.ResetWrittenCount();
                Add(SpoolLine.Default.DeadLetter, letter);
                Append(file);
                return true;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                Fail(fault);
                return false;
            }
        }
    }

    /// <summary>Creates a file beside the spool for reports that are still in memory; it is replayed like the spool's.</summary>
    public FileStream NewJournal()
    {
        Make(_journal);
        var file = Create(Path.Combine(_journal, NewName() + UsageJournal.Extension));
        _ownJournals[file.Name] = true;
        return file;
    }

    /// <summary>Opens the oldest file that no other process holds, of the spool or of a journal.</summary>
    /// <returns>Null when there is none.</returns>
    public SpoolFile? OpenOldest()
    {
        lock (_lock)
        {
            var mine = (_file as FileStream)?.Name;
            foreach (var path in Paths())
            {
                if (path == mine)
                {
                    End();
                }

                // Where the volume has no locks, the name protects it.
                if (!_ownJournals.ContainsKey(path) && SpoolFile.TryOpen(path) is { } file)
                {
                    return file;
                }
            }

            MayHold = false;
            return null;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            End();
        }
    }

    private IEnumerable<string> Paths() =>
        Files(_directory, Extension)
            .Where(path => Path.GetFileName(path) != DeadName)
            .Concat(Files(_journal, UsageJournal.Extension))
            .OrderBy(Path.GetFileName, StringComparer.Ordinal);

    private static string[] Files(string directory, string extension)
    {
        try
        {
            return Directory.GetFiles(directory, "*" + extension);
        }
        catch (IOException)
        {
            return [];
        }
    }

    private void Add<T>(System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, T value)
    {
        using (var json = new Utf8JsonWriter(_lines))
        {
            JsonSerializer.Serialize(json, value, type);
        }

        _lines.Write("\n"u8);
    }

    // All or nothing: a line cut off by a full disk would corrupt the next one.
    private void Append(Stream file)
    {
        var end = file.Length;
        try
        {
            file.Write(_lines.WrittenSpan);
            file.Flush();
        }
        catch (IOException)
        {
            file.SetLength(end);
            file.Seek(end, SeekOrigin.Begin);
            throw;
        }
    }

    // A data directory that was unmounted must not be recreated: that would hide it when it is mounted again.
    private void Make(string directory)
    {
        var home = Path.GetDirectoryName(_directory);
        if (_hasHome && !Directory.Exists(home))
        {
            throw new DirectoryNotFoundException($"{home} is gone");
        }

        DataDirectory.Make(directory);
    }

    private Stream Next()
    {
        Make(_directory);
        return _create(Path.Combine(_directory, NewName() + Extension));
    }

    private string NewName() =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{Instant.ToMicroseconds(_time.GetUtcNow()):D16}-{Environment.ProcessId}-{Interlocked.Increment(ref _number)}"
        );

    private void End()
    {
        var file = _file;
        _file = null;
        try
        {
            (file as FileStream)?.Flush(flushToDisk: true);
            file?.Dispose();
        }
        catch (IOException fault)
        {
            Fail(fault);
        }
    }

    private static FileStream Create(string path)
    {
        var options = DataDirectory.NewFile(FileMode.CreateNew);
        options.Share = FileShare.None;
        options.BufferSize = 0;
        return new(path, options);
    }

    private void Fail(Exception fault)
    {
        if (_outage.Fail())
        {
            Alarm.WriteLine(
                $"Usage spool not writable: {fault.Message}. Reports that do not fit in memory are dropped and counted in "
                    + "authsidecar_usage_dropped_total."
            );
        }
    }
}
