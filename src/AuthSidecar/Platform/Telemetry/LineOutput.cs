namespace AuthSidecar.Platform.Telemetry;

/// <summary>
/// The lines of a log, handed to the operating system by the thread that writes them as long as it takes them. A line that is not taken
/// within <see cref="Patience"/> (5 ms where it
/// is no Allow's) waits in memory, and all that follow wait behind it without holding up their writers, until everything is out and a
/// second has passed. Memory holds
/// <see cref="MostBytes"/>: what does not fit is dropped and counted, unidentified refusals from a quarter of it on, refusals from half,
/// messages from three quarters, Allows last.
/// </summary>
/// <param name="target">Where lines go.</param>
/// <param name="time">The clock.</param>
/// <param name="alarm">Where it is said that lines are not taken, and taken again; null: standard error.</param>
/// <param name="mostBytes">Size of what may wait.</param>
internal sealed class LineOutput(ILineTarget target, TimeProvider time, TextWriter? alarm = null, long mostBytes = LineOutput.MostBytes)
{
    public const long MostBytes = 8 << 20;

    /// <summary>How long an Allow waits for its line.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(25);

    private static readonly TimeSpan _patienceOfOthers = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan _round = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _retry = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    // Held while the target is written to.
    private readonly Lock _writing = new();

    // Never held while anything waits for the target.
    private readonly object _signal = new();
    private readonly OutageLog _outage = new(time);
    private readonly LateLines _late = new(mostBytes);
    private Thread? _thread;
    private volatile bool _isLate;
    private volatile bool _isEnding;
    private long _began;
    private long _progress;

    /// <summary>Bytes that wait in memory.</summary>
    public long Waiting => _late.Bytes;

    private TextWriter Alarm => alarm ?? Console.Error;

    /// <summary>Lines dropped since the start.</summary>
    public long Dropped(LineKind kind) => _late.Dropped(kind);

    /// <param name="line">With its newline; on a pipe whole among those of other writers up to 4096 bytes.</param>
    /// <param name="kind">What it is about.</param>
    public void Write(ReadOnlySpan<byte> line, LineKind kind)
    {
        if (!line.IsEmpty && (_isLate || !TryNow(line, kind)))
        {
            _late.Keep(line, kind);
            BeLate();
        }
    }

    /// <summary>Waits until everything is out, at the process's end.</summary>
    public void Finish(TimeSpan longest)
    {
        _isEnding = true;
        var start = time.GetTimestamp();
        while (_isLate && time.GetElapsedTime(start) < longest)
        {
            Thread.Sleep(1);
        }

        _isEnding = false;
    }

    // False: nothing of it is written.
    private bool TryNow(ReadOnlySpan<byte> line, LineKind kind)
    {
        var patience = kind == LineKind.Allow ? Patience : _patienceOfOthers;
        if (!_writing.TryEnter(patience))
        {
            return false;
        }

        try
        {
            if (_isLate)
            {
                return false;
            }

            var taken = target.TryWrite(line);
            if (taken == 0 && kind == LineKind.Allow && target.Wait(patience))
            {
                taken = target.TryWrite(line);
            }

            if (taken > 0 && taken < line.Length)
            {
                _late.KeepRest(line[taken..]);
                BeLate();
            }

            return taken > 0;
        }
        catch (IOException)
        {
            // The thread that writes late lines meets it again, and raises the alarm.
            return false;
        }
        finally
        {
            _writing.Exit();
        }
    }

    private void BeLate()
    {
        if (_isLate)
        {
            return;
        }

        lock (_signal)
        {
            if (!_isLate)
            {
                _began = _progress = time.GetTimestamp();
                _isLate = true;
                if (_thread is null)
                {
                    _thread = new(Run) { IsBackground = true, Name = "late log lines" };
                    _thread.Start();
                }

                Monitor.Pulse(_signal);
            }
        }
    }

    private void Run()
    {
        while (true)
        {
            lock (_signal)
            {
                while (!_isLate)
                {
                    Monitor.Wait(_signal);
                }
            }

            while (Waiting > 0)
            {
                WriteLate();
            }

            if (_isEnding || time.GetElapsedTime(_began) >= _second)
            {
                End();
            }
            else
            {
                Thread.Sleep(_pause);
            }
        }
    }

    private void WriteLate()
    {
        try
        {
            if (target.Wait(_round) && WriteSome())
            {
                _progress = time.GetTimestamp();
            }
            else if (time.GetElapsedTime(_progress) >= _second)
            {
                Raise("nothing takes them");
                Thread.Sleep(1);
            }
        }
        catch (IOException fault)
        {
            Raise(fault.Message);
            Thread.Sleep(_retry);
        }
    }

    private bool WriteSome()
    {
        var hasMoved = false;
        lock (_writing)
        {
            while (_late.Next() is { IsEmpty: false } next && target.TryWrite(next) is > 0 and var taken)
            {
                _late.Take(taken);
                hasMoved = true;
            }
        }

        return hasMoved;
    }

    private void End()
    {
        lock (_writing)
        {
            _late.TryEnd(_began, time, () => _isLate = false);
        }

        if (!_isLate && _outage.Recover() is { } outage)
        {
            Alarm.WriteLine($"Log lines are taken again after {outage.Duration}.");
        }
    }

    private void Raise(string why)
    {
        if (_outage.Fail())
        {
            Alarm.WriteLine(
                $"Log lines are not taken: {why}. They wait in memory, and those that do not fit are dropped and counted in "
                    + "authsidecar_log_dropped_total."
            );
        }
    }
}
