namespace AuthSidecar.TestSupport.Corpus;

/// <summary>
/// Judges a refusal by close code: the close frame that the client receives, and that no data of the caller reaches the closer.
/// </summary>
internal static class CloseJudge
{
    private static readonly string[] _credentials = ["authorization", "x-api-key", "api-key", "x-goog-api-key", "proxy-authorization"];

    public static void Check(ExpectedAnswer expected, Observation seen, Vocabulary vocabulary, Findings findings)
    {
        findings.Equal("101", $"{seen.Client.Status}", "status");
        findings.Equal($"{expected.Close} {expected.Reason}", $"{seen.Closed?.Code} {seen.Closed?.Reason}", "close frame");
        findings.Equal(expected.Reason, seen.Client.Text("x-authsidecar-reason"), "x-authsidecar-reason");
        findings.Unless(seen.Client.Values("x-authsidecar-decision-id") is [{ Length: > 0 }], "there is not one decision id");
        if (seen.Metadata is { } metadata)
        {
            findings.Equal(
                metadata.GetValueOrDefault("decision_id"),
                seen.Client.Text("x-authsidecar-decision-id"),
                "decision id of the header and the metadata"
            );
        }

        Judge.NoSecret(seen.Client.Headers.Select(header => header.Value), vocabulary, findings, "the answer");
        if (seen.Closer is { } closer)
        {
            Request(closer, vocabulary, findings);
        }
    }

    private static void Request(Forwarded closer, Vocabulary vocabulary, Findings findings)
    {
        string[] everything =
        [
            closer.Target,
            Uri.UnescapeDataString(closer.Target),
            .. closer.Headers.SelectMany(header => new[] { header.Name, header.Value }),
        ];
        Judge.NoSecret(everything, vocabulary, findings, "the closer's request");
        foreach (
            var credential in vocabulary.CentralCredentials.Where(credential =>
                everything.Any(text => text.Contains(credential, StringComparison.Ordinal))
            )
        )
        {
            findings.Add($"the closer's request holds {credential}");
        }

        foreach (var name in closer.Headers.Select(header => header.Name.ToLowerInvariant()).Distinct())
        {
            var isOurs =
                name.StartsWith("x-authsidecar-", StringComparison.Ordinal)
                || name.StartsWith("x-coder-ai-g", StringComparison.Ordinal)
                || name.StartsWith("x-ai-bridge-actor-", StringComparison.Ordinal);
            findings.Unless(name == "x-authsidecar-ws-close" || !isOurs && !_credentials.Contains(name), $"{name} reached the closer");
        }

        findings.Unless(
            closer.Values("sec-websocket-key") is [{ Length: > 0 }],
            "the closer got no sec-websocket-key, and cannot open the socket"
        );
        findings.Unless(!closer.Target.Contains("access_token", StringComparison.Ordinal), "access_token reached the closer");
    }
}
