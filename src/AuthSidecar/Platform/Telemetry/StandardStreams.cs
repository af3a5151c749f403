namespace AuthSidecar.Platform.Telemetry;

/// <summary>Standard output and error of the process.</summary>
internal static class StandardStreams
{
    private static readonly TimeSpan _farewell = TimeSpan.FromSeconds(1);
    private static readonly Lazy<LineOutput> _output = new(() => new(new StandardStream(1), TimeProvider.System));
    private static readonly Lazy<LineOutput> _error = new(() => new(new StandardStream(2), TimeProvider.System, TextWriter.Null));

    public static LineOutput Output => _output.Value;

    /// <summary>From now on nothing that prints waits for a reader.</summary>
    public static void TakeOver()
    {
        Console.SetOut(new LineWriter(Output));
        Console.SetError(new LineWriter(_error.Value));
    }

    /// <summary>Gives late lines a second at the end of the process.</summary>
    public static void Finish()
    {
        Output.Finish(_farewell);
        _error.Value.Finish(_farewell);
    }
}
