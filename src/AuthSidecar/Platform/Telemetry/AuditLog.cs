namespace AuthSidecar.Platform.Telemetry;

/// <summary>
/// Audit events of credentials: log lines of the category <c>Audit</c> with the fields <c>audit</c>, <c>event</c> and ids; never a token or
/// a hash.
/// </summary>
internal sealed class AuditLog(ILoggerFactory logging)
{
    private readonly ILogger _logger = logging.CreateLogger("Audit");

    /// <summary>The expiry of a key was made final: its hash is erased.</summary>
    public void TokenExpired(string keyId) => Write("token_expired", "key_id", keyId);

    // Without the source generator, which names the field @event, because event is a keyword.
    private void Write(string name, string idName, string id) =>
        _logger.Log<KeyValuePair<string, object?>[]>(
            LogLevel.Warning,
            default,
            [new("audit", true), new("event", name), new(idName, id)],
            null,
            static (fields, _) => $"{fields[1].Value} {fields[2].Key}={fields[2].Value}"
        );
}
