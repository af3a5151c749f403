using System.Text.Json;

namespace AuthSidecar.TestSupport.Corpus;

internal static class UpstreamJudge
{
    private const string CallerPrefix = "x-authsidecar-caller-";

    private static readonly string[] _callerNames =
    [
        "subject",
        "subject-type",
        "user-id",
        "username",
        "key-id",
        "tenant",
        "app",
        "scopes",
        "auth-mode",
        "delegated",
        "source",
        "workspace-id",
        "decision-id",
        "assertion",
    ];

    private static readonly string[] _private = ["cookie", "x-forwarded-for", "x-envoy-external-address"];

    public static void Check(Case one, Forwarded upstream, Observation seen, Vocabulary vocabulary, Findings findings)
    {
        var expected = one.Upstream ?? new();
        var decision = seen.Client.Text("x-authsidecar-decision-id");
        findings.Unless(
            seen.Client.Values("x-authsidecar-decision-id") is [{ Length: > 0 }],
            "the response does not carry one decision id"
        );
        findings.Equal(expected.Method ?? one.Method, upstream.Method, "method");
        findings.Equal(vocabulary.Resolve(expected.Target ?? one.Target), upstream.Target, "target");
        foreach (var (name, value) in expected.Headers ?? new Dictionary<string, JsonElement>())
        {
            Header(name, value);
        }

        string[] everything =
        [
            upstream.Target,
            Uri.UnescapeDataString(upstream.Target),
            .. upstream.Headers.SelectMany(header => new[] { header.Name, header.Value }),
        ];
        foreach (var text in (expected.Absent ?? []).Select(vocabulary.Resolve))
        {
            findings.Unless(!everything.Any(place => place.Contains(text, StringComparison.Ordinal)), $"{text} reached the upstream");
        }

        Judge.NoSecret(everything, vocabulary, findings, "the upstream's request");
        OurHeaders(upstream, findings);
        if (Disclosure.HasProvider(one))
        {
            foreach (var name in _private.Where(name => upstream.Values(name).Count > 0))
            {
                findings.Add($"{name} reached a provider");
            }
        }

        Caller(one, upstream, decision, vocabulary, findings);

        void Header(string name, JsonElement value)
        {
            var values = upstream.Values(name);
            if (value.ValueKind is JsonValueKind.Object && value.TryGetProperty("list", out var list))
            {
                var entries = values.SelectMany(line => line.Split(',', StringSplitOptions.TrimEntries));
                findings.Equal(
                    string.Join(", ", list.EnumerateArray().Select(entry => vocabulary.Resolve(entry.GetString()!))),
                    string.Join(", ", entries),
                    name
                );
            }
            else if (value.ValueKind is JsonValueKind.Object)
            {
                findings.Unless(values is [{ Length: > 0 }], $"{name}: expected one line, got {values.Count}");
            }
            else
            {
                findings.Equal(
                    value.GetString() is { } text
                        ? vocabulary.Resolve(text).Replace("{decision}", decision ?? "", StringComparison.Ordinal)
                        : null,
                    upstream.Text(name),
                    name
                );
            }
        }
    }

    // No header between clients, gateways and the sidecar is forwarded, and no unknown identity header.
    private static void OurHeaders(Forwarded upstream, Findings findings)
    {
        foreach (var name in upstream.Headers.Select(header => header.Name.ToLowerInvariant()).Distinct())
        {
            var isCaller = name.StartsWith(CallerPrefix, StringComparison.Ordinal) && _callerNames.Contains(name[CallerPrefix.Length..]);
            var isOurs =
                name.StartsWith("x-authsidecar-", StringComparison.Ordinal) || name.StartsWith("x-coder-ai-g", StringComparison.Ordinal);
            findings.Unless(isCaller || !isOurs, $"{name} reached the upstream");
        }
    }

    private static void Caller(Case one, Forwarded upstream, string? decision, Vocabulary vocabulary, Findings findings)
    {
        if (one.Caller is not { } caller)
        {
            foreach (
                var header in upstream.Headers.Where(header => header.Name.StartsWith(CallerPrefix, StringComparison.OrdinalIgnoreCase))
            )
            {
                findings.Add($"{header.Name} without a caller");
            }

            return;
        }

        Is("decision-id", decision);
        if (Disclosure.Of(one) is var disclosure && disclosure != "full")
        {
            string[] shown =
                disclosure == "id" ? ["decision-id", "subject", "subject-type", "key-id", "assertion"] : ["decision-id", "assertion"];
            foreach (var hidden in _callerNames.Except(shown))
            {
                Is(hidden, null);
            }

            if (disclosure == "id")
            {
                findings.Unless(upstream.Values(CallerPrefix + "subject") is [{ Length: > 0 }], "there is not one subject");
                Is("key-id", caller.Key is null ? null : vocabulary.SeedData.Keys[caller.Key].Id);
            }

            return;
        }

        Is("auth-mode", caller.Mode);
        Is("delegated", caller.Source is null ? null : "true");
        Is("source", caller.Source);
        Is("workspace-id", caller.Workspace);
        Is("app", caller.App);
        var appTenant = caller.App is null ? null : vocabulary.SeedData.People.Apps[caller.App].Tenant;
        findings.Unless(upstream.Values(CallerPrefix + "subject") is [{ Length: > 0 }], "there is not one subject");
        if (caller.Jwt is { } name)
        {
            var jwt = vocabulary.Jwts.Callers[name];
            Is("subject", jwt.Subject);
            Is("subject-type", jwt.Type);
            Is("scopes", jwt.Scopes);
            Is("tenant", (caller.Foreign ? null : appTenant) ?? jwt.Tenant);
            Is("key-id", null);
            Is("user-id", null);
            Is("username", null);
            return;
        }

        var key = vocabulary.SeedData.People.Keys[caller.Key!];
        Is("key-id", vocabulary.SeedData.Keys[caller.Key!].Id);
        Is("subject-type", key.Subject);
        Is("scopes", key.Scopes.Count == 0 ? "full" : string.Join(' ', key.Scopes));
        Is("tenant", (caller.Foreign ? null : appTenant) ?? key.Tenant);
        Is(
            "subject",
            key switch
            {
                { External: [var issuer, var subject] } => $"{issuer}|{subject}",
                { Subject: "service" } => vocabulary.SeedData.Keys[caller.Key!].Id,
                _ => vocabulary.SeedData.UserIds[key.User],
            }
        );
        if (key.Subject == "account")
        {
            Is("user-id", vocabulary.SeedData.UserIds[key.User]);
            Is("username", Uri.EscapeDataString(vocabulary.SeedData.People.Users[key.User].Name));
        }

        void Is(string name, string? value) => findings.Equal(value, upstream.Text(CallerPrefix + name), CallerPrefix + name);
    }
}
