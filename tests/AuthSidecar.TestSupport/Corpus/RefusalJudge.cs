using System.Globalization;

namespace AuthSidecar.TestSupport.Corpus;

internal static class RefusalJudge
{
    public static void Check(Case one, ExpectedAnswer expected, Observation seen, Vocabulary vocabulary, Findings findings)
    {
        var answer = seen.Client;

        // Envoy turns a refusal of a gRPC call into a trailers-only response; the sidecar's status is in grpc-status.
        var isTranslated =
            seen.Transport is Transport.Envoy
            && expected.Grpc is not null
            && one.HeaderText("content-type")?.Contains("grpc-web", StringComparison.Ordinal) != true;
        findings.Equal(isTranslated ? "200" : Text(expected.Status), Text(answer.Status), "status");
        Header("grpc-status", expected.Grpc is { } grpc ? Text(grpc) : null);
        Header("x-authsidecar-reason", expected.Reason);
        foreach (var (name, value) in expected.Headers ?? new Dictionary<string, string?>())
        {
            Header(name, value is null ? null : vocabulary.Resolve(value));
        }

        foreach (var text in (expected.Absent ?? []).Select(vocabulary.Resolve))
        {
            findings.Unless(!answer.Body.Contains(text, StringComparison.OrdinalIgnoreCase), $"the body holds {text}");
        }

        if (expected.Reason is null)
        {
            findings.Unless(answer.Values("x-authsidecar-decision-id").Count == 0, "the sidecar was called");
            return;
        }

        Every(expected, seen, vocabulary, findings);
        if (expected.Close is { } close)
        {
            Header("x-ws-close-code", Text(close));
            findings.Unless(answer.Values("x-ws-close-reason") is [{ Length: > 0 and <= 123 }], "x-ws-close-reason is missing or too long");
        }
        else if (!one.IsUpgrade)
        {
            Header("x-ws-close-code", null);
        }

        if (!isTranslated && !(seen.Transport is Transport.Envoy && one.Method == "HEAD"))
        {
            BodyJudge.Check(expected, answer, vocabulary, findings);
        }

        void Header(string name, string? value) => findings.Equal(value, answer.Text(name), name);
    }

    private static void Every(ExpectedAnswer expected, Observation seen, Vocabulary vocabulary, Findings findings)
    {
        var answer = seen.Client;
        findings.Unless(expected.Status is >= 400 and < 600, "only 4xx and 5xx refuse");
        var id = answer.Values("x-authsidecar-decision-id");
        findings.Unless(id is [{ Length: > 0 }], "there is not one decision id");
        if (seen.Metadata is { } metadata)
        {
            findings.Equal(
                metadata.GetValueOrDefault("decision_id"),
                answer.Text("x-authsidecar-decision-id"),
                "decision id of the header and the metadata"
            );
        }

        var challenge = answer.Text("www-authenticate");
        findings.Unless(
            expected.Status == 401 == (challenge?.StartsWith("Bearer", StringComparison.Ordinal) ?? false),
            $"www-authenticate: {challenge ?? "missing"}"
        );
        var mayWait = expected.Status is 429 or 503;
        var retry = answer.Text("retry-after");
        findings.Unless(
            mayWait ? int.TryParse(retry, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds >= 1 : retry is null,
            $"retry-after: {retry ?? "missing"}"
        );
        Judge.NoSecret([answer.Body, .. answer.Headers.Select(header => header.Value)], vocabulary, findings, "the answer");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
