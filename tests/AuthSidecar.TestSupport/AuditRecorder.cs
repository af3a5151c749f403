using Microsoft.Extensions.Logging;

namespace AuthSidecar.TestSupport;

/// <summary>Keeps the fields written to the audit log.</summary>
internal sealed class AuditRecorder : ILoggerFactory, ILogger
{
    private readonly List<IReadOnlyDictionary<string, object?>> _events = [];

    public IReadOnlyList<IReadOnlyDictionary<string, object?>> Events
    {
        get
        {
            lock (_events)
            {
                return [.. _events];
            }
        }
    }

    public ILogger CreateLogger(string categoryName)
    {
        Assert.Equal("Audit", categoryName);
        return this;
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

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
        lock (_events)
        {
            _events.Add(((IEnumerable<KeyValuePair<string, object?>>)state!).ToDictionary());
        }
    }

    public void Dispose() { }
}
