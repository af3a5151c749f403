using System.Globalization;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>
/// Compares the usage row of a decision with its case: the expectations of the case, and those that follow from the decision.
/// </summary>
internal static class RowJudge
{
    private const int LongestPath = 1024;
    private const UsageFacts EndpointFacts = UsageFacts.GeneratesNothing | UsageFacts.ReadsResult;

    public static void Check(Case one, UsageRow row, string? policy, Vocabulary vocabulary, Findings findings)
    {
        Is(
            "decision",
            one.Refusal is null ? "allow"
                : one.IsClose ? "close"
                : "deny"
        );
        Is("outcome", one.Refusal is null ? null : "denied");
        Is("reason", one.Refusal?.Reason);
        Is("status", one.Refusal is null || one.IsClose ? null : one.Refusal.Status.ToString(CultureInfo.InvariantCulture));
        Is("policy", policy is { Length: > 0 } ? policy : null);
        Is(
            "provider",
            policy is { Length: > 0 } ? (string?)CorpusFiles.Settings(one.Given.Settings)["Policies"]![policy]?["Provider"] : null
        );
        if (
            one.Row?.ContainsKey("path") != true
            && vocabulary.Resolve(one.Target).Split('?')[0] is { Length: > 0 } path
            && path.All(character => character is > '\0' and < '\x80')
        )
        {
            Is("path", path.Length <= LongestPath ? path : path[..LongestPath]);
        }

        Caller(one, row, vocabulary, findings);
        foreach (var (name, value) in one.Row ?? new Dictionary<string, string?>())
        {
            Is(name, value is null ? null : vocabulary.Resolve(value));
        }

        findings.Equal(UsageFacts.Decided.ToString(), (row.Facts & ~EndpointFacts).ToString(), "row facts");
        Judge.NoSecret(
            new[] { row.KeyId, row.UserId, row.Tenant, row.App, row.Model, row.Client, row.Path }.OfType<string>(),
            vocabulary,
            findings,
            "the row"
        );

        void Is(string name, string? value) => findings.Equal(value, Text(row, name), $"row {name}");
    }

    // A case may leave the caller of a refusal open.
    private static void Caller(Case one, UsageRow row, Vocabulary vocabulary, Findings findings)
    {
        if (one.Caller is not { } caller)
        {
            findings.Unless(
                one.Refusal is not null || (row.KeyId, row.UserId, row.Mode) == default,
                $"an anonymous row with {row.KeyId} {row.UserId} {row.Mode}"
            );
            return;
        }

        findings.Equal(caller.Mode, row.Mode, "row mode");
        var isJwt = caller.Jwt is not null;
        var key = isJwt ? null : vocabulary.SeedData.People.Keys[caller.Key!];
        var jwt = isJwt ? vocabulary.Jwts.Callers[caller.Jwt!] : null;
        findings.Equal(isJwt ? null : vocabulary.SeedData.Keys[caller.Key!].Id, row.KeyId, "row keyId");
        findings.Equal(
            (jwt?.Type ?? key!.Subject, key) switch
            {
                ("service", not null) => null,
                (_, null) => jwt!.Subject,
                (_, { External: [var issuer, var subject] }) => $"{issuer}|{subject}",
                _ => vocabulary.SeedData.UserIds[key.User],
            },
            row.UserId,
            "row userId"
        );
        if (one.Refusal is null)
        {
            var app = caller.App is null || caller.Foreign ? null : vocabulary.SeedData.People.Apps[caller.App].Tenant;
            findings.Equal(app ?? jwt?.Tenant ?? key?.Tenant, row.Tenant, "row tenant");
            findings.Equal(caller.App, row.App, "row app");
        }
    }

    /// <summary>A column by its name in <c>usage rows</c>.</summary>
    private static string? Text(UsageRow row, string name) =>
        name switch
        {
            "keyId" => row.KeyId,
            "userId" => row.UserId,
            "tenant" => row.Tenant,
            "app" => row.App,
            "policy" => row.Policy,
            "provider" => row.Provider,
            "model" => row.Model,
            "mode" => row.Mode,
            "decision" => row.Decision,
            "reason" => row.Reason,
            "detail" => row.Detail,
            "status" => row.Status?.ToString(CultureInfo.InvariantCulture),
            "outcome" => row.Outcome,
            "client" => row.Client,
            "path" => row.Path,
            "facts" => (row.Facts & EndpointFacts).ToString(),
            _ => throw new InvalidDataException($"A row has no \"{name}\"."),
        };
}
