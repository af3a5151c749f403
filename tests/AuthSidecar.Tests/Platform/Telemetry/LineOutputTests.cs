using System.Diagnostics;
using System.Text;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Tests.Platform.Telemetry;

/// <summary>Blocked lines wait in order, do not block their writers, and are dropped by kind.</summary>
public sealed class LineOutputTests
{
    private readonly Target _target = new();

    [Fact]
    public void AcceptedLine_IsWrittenBeforeTheCallerContinues()
    {
        var output = Output();

        output.Write("one\n"u8, LineKind.Allow);

        Assert.Equal("one\n", _target.Text);
        Assert.Equal(0, output.Waiting);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void UnsentReports_WaitInOrder_AndDelayNoRequest(bool isBroken)
    {
        var output = Output();
        (_target.IsStopped, _target.IsBroken) = (true, isBroken);
        var clock = Stopwatch.StartNew();
        for (var line = 0; line < 1000; line++)
        {
            output.Write(Encoding.UTF8.GetBytes($"{line}\n"), LineKind.Allow);
        }

        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 1);
        Assert.Equal("", _target.Text);
        _target.Resume();
        WaitFor(() => output.Waiting == 0);
        Assert.StartsWith(string.Concat(Enumerable.Range(0, 1000).Select(line => $"{line}\n")), _target.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void PartialWrite_IsCompletedFirst()
    {
        var output = Output();
        _target.Most = 3;

        output.Write("abcdefgh\n"u8, LineKind.Message);
        output.Write("second\n"u8, LineKind.Allow);

        WaitFor(() => output.Waiting == 0);
        Assert.Equal("abcdefgh\nsecond\n", _target.Text);
    }

    [Fact]
    public void NoRoom_DropsUnidentifiedRefusalsFirst_ThenRefusals_ThenMessages_AllowsLast()
    {
        var output = Output(mostBytes: 400);
        _target.IsStopped = true;
        var line = Encoding.UTF8.GetBytes(new string('x', 9) + "\n");

        foreach (var kind in new[] { LineKind.UnidentifiedRefusal, LineKind.Refusal, LineKind.Message, LineKind.Allow })
        {
            for (var count = 0; count < 20; count++)
            {
                output.Write(line, kind);
            }
        }

        Assert.Equal([10, 10, 10, 10], Enum.GetValues<LineKind>().Select(output.Dropped));
        _target.Resume();
        WaitFor(() => _target.Text.Contains("log_recovered", StringComparison.Ordinal));
        Assert.Contains(
            "\"dropped_allow\":10,\"dropped_message\":10,\"dropped_refusal\":10,\"dropped_unidentified_refusal\":10}",
            _target.Text,
            StringComparison.Ordinal
        );
        Assert.Equal(1, _target.Text.Split("log_recovered").Length - 1);
    }

    [Fact]
    public void Recovered_IsWrittenByTheWriterAgain()
    {
        var output = Output();
        _target.IsStopped = true;
        output.Write("late\n"u8, LineKind.Refusal);
        _target.Resume();
        output.Finish(TimeSpan.FromSeconds(10));

        output.Write("now\n"u8, LineKind.Allow);

        Assert.Equal("late\nnow\n", _target.Text);
    }

    [Fact]
    public void StuckWriter_DelaysNoOtherWriter()
    {
        var output = Output();
        using var stuck = new ManualResetEventSlim();
        _target.Stuck = stuck;
        var first = Task.Run(() => output.Write("stuck\n"u8, LineKind.Allow));
        WaitFor(() => _target.IsInside);
        var clock = Stopwatch.StartNew();

        output.Write("other\n"u8, LineKind.Allow);

        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 2);
        Assert.False(first.IsCompleted);
        stuck.Set();
        WaitFor(() => output.Waiting == 0);
        Assert.Equal("stuck\nother\n", _target.Text);
    }

    private static void WaitFor(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(20)));

    private LineOutput Output(long mostBytes = LineOutput.MostBytes) => new(_target, TimeProvider.System, TextWriter.Null, mostBytes);

    private sealed class Target : ILineTarget
    {
        private readonly StringBuilder _text = new();

        public bool IsStopped { get; set; }
        public bool IsBroken { get; set; }
        public int Most { get; set; } = int.MaxValue;
        public ManualResetEventSlim? Stuck { get; set; }
        public bool IsInside { get; private set; }

        public string Text
        {
            get
            {
                lock (_text)
                {
                    return _text.ToString();
                }
            }
        }

        public void Resume() => (IsStopped, IsBroken) = (false, false);

        public int TryWrite(ReadOnlySpan<byte> bytes)
        {
            IsInside = true;
            Stuck?.Wait();
            if (IsStopped)
            {
                return IsBroken ? throw new IOException("gone") : 0;
            }

            bytes = bytes[..Math.Min(bytes.Length, Most)];
            lock (_text)
            {
                _text.Append(Encoding.UTF8.GetString(bytes));
            }

            return bytes.Length;
        }

        public bool Wait(TimeSpan longest)
        {
            if (IsStopped && !IsBroken)
            {
                Thread.Sleep(Math.Min(5, (int)longest.TotalMilliseconds));
                return false;
            }

            return true;
        }
    }
}
