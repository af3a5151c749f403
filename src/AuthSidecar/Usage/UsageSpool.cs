using System.Buffers;
using System.Text.Json;
using AuthSidecar.Storage;
using AuthSidecar.Telemetry;

namespace AuthSidecar.Usage;

/// <summary>
/// Parts that the store does not take, kept in files of JSON lines until it does. A file belongs to the process that has it open, and to whoever is first once that has ended;
/// it is taken away after what is in it is committed, so a part may be read twice and is never missed.
/// </summary>
internal sealed class UsageSpool : IDisposable
{
    public const long MostBytes = 256L << 20;
    public const string Extension = ".jsonl";
    private const string DeadName = "dead.jsonl";
    private const long BytesOfAFile = 4 << 20;

    private readonly Lock _lock = new();
    private readonly string _directory;
    private readonly bool _hasHome;
    private readonly TimeProvider _time;
    private readonly OutageLog _outage;
    private readonly long _mostBytes;
    private readonly Func<string, Stream> _create;
    private readonly TextWriter? _alarm;
    private readonly ArrayBufferWriter<byte> _lines = new();
    private Stream? _file;
    private int _number;

    /// <param name="directory">Made when something has to be kept, unless what it lies in has gone away since the start.</param>
    /// <param name="time">The clock, for the files' names.</param>
    /// <param name="mostBytes">All files together.</param>
    /// <param name="create">Makes a file; for tests of disks that are full.</param>
    /// <param name="alarm">Where it is said that nothing can be kept; standard error.</param>
    public UsageSpool(string directory, TimeProvider time, long mostBytes = MostBytes, Func<string, Stream>? create = null, TextWriter? alarm = null)
    {
        _outage = new(time);
        (_directory, _hasHome, _time, _mostBytes, _create, _alarm) = (directory, Directory.Exists(Path.GetDirectoryName(directory)), time, mostBytes, create ?? Create, alarm);
    }

    private TextWriter Alarm => _alarm ?? Console.Error;

    /// <summary>False when there was nothing to read back the last time.</summary>
    public bool MayHold { get; private set; } = true;

    /// <summary>Of all files, the dead ones too.</summary>
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

    /// <summary>Keeps parts: what was kept outlives this process.</summary>
    /// <returns>False when the disk does not take them; that is said on standard error, at a bounded rate.</returns>
    public bool TryKeep(IReadOnlyList<UsageRow> parts)
    {
        lock (_lock)
        {
            try
            {
                _lines.ResetWrittenCount();
                foreach (var part in parts)
                {
                    Add(SpoolLine.Default.UsageRow, part);
                }

                if (Bytes + _lines.WrittenCount > _mostBytes)
                {
                    throw new IOException($"{_directory} holds {_mostBytes >> 20} MiB, which is the most that it may");
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
                    Alarm.WriteLine($"Usage that the store does not take is kept again after {outage.Duration}; {outage.Failures} writes failed.");
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

    /// <summary>Keeps what not even the table of dead letters takes.</summary>
    /// <returns>False when the disk does not take it either.</returns>
    public bool TryBury(DeadLetter letter)
    {
        lock (_lock)
        {
            try
            {
                Make();
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

    /// <summary>The oldest file that nobody else is at, of this process or of one that has ended.</summary>
    /// <returns>Null when nothing is kept.</returns>
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

                if (SpoolFile.TryOpen(path) is { } file)
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

    private IEnumerable<string> Paths()
    {
        try
        {
            return Directory.GetFiles(_directory, "*" + Extension).Where(path => Path.GetFileName(path) != DeadName).Order(StringComparer.Ordinal);
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

    // All of it or nothing: a line that was cut off by a full disk would spoil the next one.
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

    // A data directory that has gone away is wanted back in its place: nothing else may stand there then.
    private void Make()
    {
        var home = Path.GetDirectoryName(_directory);
        if (_hasHome && !Directory.Exists(home))
        {
            throw new DirectoryNotFoundException($"{home} is gone");
        }

        DataDirectory.Make(_directory);
    }

    private Stream Next()
    {
        Make();
        var name = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Instant.ToMicroseconds(_time.GetUtcNow()):D16}-{Environment.ProcessId}-{++_number}{Extension}");
        return _create(Path.Combine(_directory, name));
    }

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
            Alarm.WriteLine($"Usage that the store does not take cannot be kept either: {fault.Message}. What does not fit into memory is dropped and counted in authsidecar_usage_dropped_total.");
        }
    }
}
