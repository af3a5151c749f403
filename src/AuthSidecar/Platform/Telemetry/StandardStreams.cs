namespace AuthSidecar.Platform.Telemetry;

/// <summary>Standard output and error of the process.</summary>
internal static class StandardStreams
{
    private static readonly TimeSpan _flushTimeout = TimeSpan.FromSeconds(1);
    private static readonly Lazy<LineOutput> _output = new(() => new(new StandardStream(1), TimeProvider.System));
    private static readonly Lazy<LineOutput> _error = new(() => new(new StandardStream(2), TimeProvider.System, TextWriter.Null));

    public static LineOutput Output => _output.Value;

    /// <summary>Redirects the console, so that a slow reader never blocks a writer.</summary>
    public static void RedirectConsole()
    {
        Console.SetOut(new LineWriter(Output));
        Console.SetError(new LineWriter(_error.Value));
    }

    /// <summary>Waits up to a second for queued lines, at the end of the process.</summary>
    public static void Flush()
    {
        Output.Finish(_flushTimeout);
        _error.Value.Finish(_flushTimeout);
    }
}
