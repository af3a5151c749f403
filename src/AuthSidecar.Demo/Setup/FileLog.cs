using System.Globalization;

namespace AuthSidecar.Demo.Setup;

/// <summary>Writes the sidecar's log to a text file, which keeps it off the terminal.</summary>
internal sealed class FileLog(string path) : ILoggerProvider
{
    private readonly TextWriter _writer = TextWriter.Synchronized(new StreamWriter(path) { AutoFlush = true });

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Write(string line) => _writer.WriteLine(line);

    public void Dispose() => _writer.Dispose();

    private sealed class Logger(FileLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) =>
            log.Write(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {logLevel} {category}: {formatter(state, exception)} {exception}"
                )
            );
    }
}
