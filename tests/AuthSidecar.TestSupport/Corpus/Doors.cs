namespace AuthSidecar.TestSupport.Corpus;

/// <summary>The ways in: the pipeline itself, gRPC with each of Envoy's header encodings, HTTP through a real Envoy.</summary>
internal enum Door
{
    InProcess,
    Headers,
    HeaderMap,
    Envoy,
}

internal static class Doors
{
    public static string Name(this Door door) => door switch
    {
        Door.InProcess => "in-process",
        Door.Headers => "headers",
        Door.HeaderMap => "header_map",
        Door.Envoy => "envoy",
        _ => throw new ArgumentOutOfRangeException(nameof(door)),
    };

    /// <summary>The exception that holds at a door, or null.</summary>
    public static DoorException? Exception(this Case one, Door door, Version? envoy = null)
        => one.Doors.GetValueOrDefault(door.Name()) is { } exception && (exception.From is null || envoy is null || envoy >= Version.Parse(exception.From))
            ? exception
            : null;

    /// <summary>The case as it must come out at a door; null when the door cannot express it.</summary>
    public static Case? At(this Case one, Door door, Version? envoy = null)
    {
        var exception = one.Exception(door, envoy);
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
