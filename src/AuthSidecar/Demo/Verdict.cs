using System.Globalization;

namespace AuthSidecar.Demo;

/// <summary>Whether what came of a request is what must come of it.</summary>
internal static class Verdict
{
    private const string DecisionId = "x-authsidecar-caller-decision-id";

    /// <returns>One sentence for each thing that is wrong; none: all is as it should be.</returns>
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
        var status = request.Kind == DemoCaseKind.WebSocket && (hasEnvoy || request.FirstMessage is not null) ? 101 : request.Expected.Status;
        if (client.Status != status)
        {
            yield return $"the client got {client.Status} {client.Reason} instead of {status}";
        }

        if (upstream is null)
        {
            yield return "the upstream was not called";
            yield break;
        }

        // With a first message the client is told of the handshake's decision, the upstream of the message's.
        if (upstream.GetValueOrDefault(DecisionId) is not { Length: > 0 } decision || (request.FirstMessage is null && client.DecisionId != decision))
        {
            yield return "the client and the upstream were not told the same decision id";
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
                yield return $"the socket was closed with {exchange.Close?.Code.ToString(CultureInfo.InvariantCulture) ?? "nothing"} {exchange.Close?.Reason} instead of {code} {expected.Reason}";
            }

            yield break;
        }

        if (client.Reason != expected.Reason)
        {
            yield return $"the reason is {client.Reason ?? "not given"} instead of {expected.Reason}";
        }

        if (client.DecisionId is not { Length: > 0 })
        {
            yield return "the client was told no decision id";
        }
    }
}
