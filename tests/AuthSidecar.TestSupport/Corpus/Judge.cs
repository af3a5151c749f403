namespace AuthSidecar.TestSupport.Corpus;

/// <summary>
/// Compares an outcome with its case: the expectations of the case and those of every answer. Reports all findings at once, with tokens
/// masked.
/// </summary>
internal static class Judge
{
    public static readonly string[] MetadataKeys = ["decision_id", "decision", "reason", "key_id", "subject", "auth_mode", "policy", "mac"];

    public static void Check(Case one, Observation seen, Vocabulary vocabulary)
    {
        var findings = new Findings();
        if (one.Refusal is { } refusal)
        {
            findings.Unless(seen.Upstream is null, $"the upstream was called: {seen.Upstream?.Method} {seen.Upstream?.Target}");
            if (one.IsClose)
            {
                CloseJudge.Check(refusal, seen, vocabulary, findings);
            }
            else
            {
                findings.Unless(seen.Closed is null && seen.Closer is null, $"it was sent to the closer: {seen.Closed}");
                RefusalJudge.Check(one, refusal, seen, vocabulary, findings);
            }
        }
        else if (seen.Upstream is { } upstream)
        {
            findings.Unless(
                seen.Client.Status == (seen.Transport is Transport.Envoy && one.IsUpgrade ? 101 : 200),
                $"allowed with status {seen.Client.Status}"
            );
            UpstreamJudge.Check(one, upstream, seen, vocabulary, findings);
        }
        else
        {
            findings.Add(
                seen.Closed is { } closed
                    ? $"closed with {closed}"
                    : $"refused with {seen.Client.Status} {string.Join(",", seen.Client.Values("x-authsidecar-reason"))}: "
                        + $"{seen.Client.Body}"
            );
        }

        if (seen.Metadata is { } metadata)
        {
            Metadata(one, metadata, vocabulary, findings);
        }

        if (seen.Row is { } row)
        {
            RowJudge.Check(one, row, seen.Metadata?.GetValueOrDefault("policy"), vocabulary, findings);
        }

        if (findings.Any)
        {
            Assert.Fail(vocabulary.Mask($"{one.Id} [{seen.Transport.Name()}]\n{one.Why}\n{findings}"));
        }
    }

    private static void Metadata(Case one, IReadOnlyDictionary<string, string> metadata, Vocabulary vocabulary, Findings findings)
    {
        foreach (var missing in MetadataKeys.Where(key => !metadata.ContainsKey(key)))
        {
            findings.Add($"metadata lacks {missing}");
        }

        var expected = new Dictionary<string, string>(one.Metadata)
        {
            ["decision"] =
                one.Refusal is null ? "allow"
                : one.IsClose ? "close"
                : "deny",
        };
        if (one.Refusal?.Reason is { } reason)
        {
            expected["reason"] = reason;
        }
        else if (one.Given.Policy is { } policy)
        {
            expected["policy"] = policy;
        }

        if (one.Caller is { } caller)
        {
            expected["key_id"] = caller.Jwt is null ? vocabulary.SeedData.Keys[caller.Key!].Id : "";
            if (caller.Jwt is { } jwt)
            {
                expected["subject"] = vocabulary.Jwts.Callers[jwt].Subject;
            }

            expected["auth_mode"] = caller.Mode;
            findings.Unless(metadata.GetValueOrDefault("subject") is { Length: > 0 }, "metadata has no subject");
        }
        else if (one.Refusal is null)
        {
            expected["key_id"] = expected["subject"] = "";
        }

        foreach (var (key, value) in expected)
        {
            findings.Equal(value, metadata.GetValueOrDefault(key), $"metadata {key}");
        }

        // The header that routes from the closer to the application.
        findings.Equal(one.Refusal is null && one.IsUpgrade ? "allow" : null, metadata.GetValueOrDefault("ws"), "metadata ws");

        NoSecret(metadata.Values, vocabulary, findings, "metadata");
    }

    public static void NoSecret(IEnumerable<string> texts, Vocabulary vocabulary, Findings findings, string where)
    {
        foreach (var text in texts)
        {
            foreach (var secret in vocabulary.Secrets.Where(secret => text.Contains(secret, StringComparison.Ordinal)))
            {
                findings.Add($"{where} holds {secret}");
            }
        }
    }
}
