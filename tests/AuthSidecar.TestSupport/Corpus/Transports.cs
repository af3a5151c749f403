namespace AuthSidecar.TestSupport.Corpus;

/// <summary>
/// The transports that run a case: the pipeline itself, gRPC with each of Envoy's header encodings, and HTTP through a real Envoy.
/// </summary>
internal enum Transport
{
    InProcess,
    Headers,
    HeaderMap,
    Envoy,
}

internal static class Transports
{
    public static string Name(this Transport transport) =>
        transport switch
        {
            Transport.InProcess => "in-process",
            Transport.Headers => "headers",
            Transport.HeaderMap => "header_map",
            Transport.Envoy => "envoy",
            _ => throw new ArgumentOutOfRangeException(nameof(transport)),
        };

    /// <summary>The exception of a case at a transport, or null.</summary>
    public static TransportDifference? Exception(this Case one, Transport transport, Version? envoy = null) =>
        one.Transports.GetValueOrDefault(transport.Name()) is { } exception
        && (exception.From is null || envoy is null || envoy >= Version.Parse(exception.From))
            ? exception
            : null;

    /// <summary>The case with the outcome expected at a transport; null when the transport cannot express it.</summary>
    public static Case? At(this Case one, Transport transport, Version? envoy = null)
    {
        var exception = one.Exception(transport, envoy);
        if (exception is null or { Skip: true })
        {
            return exception is null ? one : null;
        }

        if (exception.Client is { } refusal)
        {
            return one with { Refusal = refusal, Upstream = null, Row = null, Caller = CaseLoader.CallerOf(exception.Caller) };
        }

        return one with
        {
            Refusal = null,
            Upstream = (exception.Upstream ?? new()).Over(one.Upstream),
            Caller = CaseLoader.CallerOf(exception.Caller) ?? one.Caller ?? CaseLoader.Default(null, exception.Caller),
            Metadata = new Dictionary<string, string>(),
            Row = null,
        };
    }
}
