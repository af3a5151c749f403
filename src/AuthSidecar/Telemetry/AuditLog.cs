using System.Collections;

namespace AuthSidecar.Telemetry;

/// <summary>What happened to credentials, for whoever must be able to tell later: structured lines of the category <c>Audit</c>, each with <c>audit</c>, <c>event</c> and ids; never a token or a hash.</summary>
internal sealed class AuditLog(ILoggerFactory logging)
{
    private readonly ILogger _logger = logging.CreateLogger("Audit");

    /// <summary>An expiry was made final.</summary>
    public void TokenExpired(string keyId) => Write("token_expired", ("key_id", keyId));

    private void Write(string name, params ReadOnlySpan<(string Name, string Value)> fields) =>
        _logger.Log(LogLevel.Warning, default, new AuditEvent(name, fields), null, static (entry, _) => entry.ToString());

    private sealed class AuditEvent : IReadOnlyList<KeyValuePair<string, object?>>
    {
        private readonly List<KeyValuePair<string, object?>> _fields;

        public AuditEvent(string name, ReadOnlySpan<(string Name, string Value)> fields)
        {
            _fields = [new("audit", true), new("event", name)];
            foreach (var (field, value) in fields)
            {
                _fields.Add(new(field, value));
            }
        }

        public int Count => _fields.Count;

        public KeyValuePair<string, object?> this[int index] => _fields[index];

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _fields.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        /// <summary><c>token_expired key_id=…</c></summary>
        public override string ToString() => string.Join(' ', _fields.Skip(2).Select(field => $"{field.Key}={field.Value}").Prepend($"{_fields[1].Value}"));
    }
}
