namespace AuthSidecar.Demo.Requests;

/// <summary>Compares the result of a request with the expected one.</summary>
internal static class Verdict
{
    private const string DecisionId = "x-authsidecar-caller-decision-id";

    /// <returns>One sentence for each deviation; empty: none.</returns>
    public static IReadOnlyList<string> Of(DemoCase request, Exchange exchange, bool hasEnvoy, IReadOnlyList<string> secrets)
    {
        var complaints = request.Expected.Passes
            ? OfPassed(request, exchange, hasEnvoy, secrets)
            : OfRefused(request.Expected, exchange, hasEnvoy);
        return [.. complaints, .. exchange.Complaint is { } complaint ? [complaint] : Array.Empty<string>()];
    }

    private static IEnumerable<string> OfPassed(DemoCase request, Exchange exchange, bool hasEnvoy, IReadOnlyList<string> secrets)
    {
        var (client, upstream) = exchange;
        var isUpgraded = request.Kind == DemoCaseKind.WebSocket && (hasEnvoy || request.FirstMessage is not null);
        var status = isUpgraded ? 101 : request.Expected.Status;
        if (client.Status != status)
        {
            yield return $"the client got {client.Status} {client.Reason} instead of {status}";
        }

        if (upstream is null)
        {
            yield return "the upstream was not called";
            yield break;
        }

        // With a first message the client receives the id of the handshake's decision, the upstream that of the message's.
        if (
            upstream.GetValueOrDefault(DecisionId) is not { Length: > 0 } decision
            || (request.FirstMessage is null && client.DecisionId != decision)
        )
        {
            yield return "the client and the upstream received different decision ids";
        }

        foreach (var (name, value) in request.Expected.Upstream.Where(header => upstream.GetValueOrDefault(header.Key) != header.Value))
        {
            yield return $"the upstream saw {name}: {upstream.GetValueOrDefault(name, "nothing")} instead of {value ?? "nothing"}";
        }

        foreach (var (name, _) in upstream.Where(header => secrets.Any(header.Value.Contains)))
        {
            yield return $"the upstream saw a credential of ours in {name}";
        }

        if (exchange.UpstreamTarget is { } target && secrets.Any(target.Contains))
        {
            yield return "the upstream saw a credential of ours in the target";
        }
    }

    private static IEnumerable<string> OfRefused(Expected expected, Exchange exchange, bool hasEnvoy)
    {
        var client = exchange.Client;
        if (client.Status != expected.Status)
        {
            yield return $"the client got {client.Status} instead of {expected.Status}";
        }

        if (exchange.Upstream is not null)
        {
            yield return "the upstream was called";
        }

        if (hasEnvoy && expected.ByEnvoy)
        {
            yield break;
        }

        if (expected.CloseCode is { } code)
        {
            if (exchange.Close != (code, expected.Reason))
            {
                var closed = exchange.Close is { } close ? FormattableString.Invariant($"{close.Code} {close.Reason}") : "nothing";
                yield return $"the socket was closed with {closed} instead of {code} {expected.Reason}";
            }

            yield break;
        }

        if (client.Reason != expected.Reason)
        {
            yield return $"the reason is {client.Reason ?? "not given"} instead of {expected.Reason}";
        }

        if (client.DecisionId is not { Length: > 0 })
        {
            yield return "the client received no decision id";
        }
    }
}
