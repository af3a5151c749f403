using System.Text;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.IntegrationTests.Relay;

/// <summary>All log output of the process: messages of every level and decisions.</summary>
internal sealed class RecordedLogs : MemoryStream, ILoggerProvider, ILogger
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();

    /// <summary>The output so far.</summary>
    public string Text
    {
        get
        {
            lock (_lock)
            {
                return _text.ToString();
            }
        }
    }

    public void Forget()
    {
        lock (_lock)
        {
            _text.Clear();
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        lock (_lock)
        {
            _text.Append(logLevel).Append(": ").AppendLine(formatter(state, exception)).Append(exception);
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_lock)
        {
            _text.Append(Encoding.UTF8.GetString(buffer));
        }
    }
}
