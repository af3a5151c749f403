namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>
/// Name of a person known to an identity provider, in budgets, usage and limits: <c>ISSUER|SUB</c>. Issuers contain no <c>|</c>, so the
/// first one separates; user ids are UUIDs and contain none.
/// </summary>
internal static class ExternalPerson
{
    public const char Separator = '|';

    public static string Of(string issuer, string subject) => $"{issuer}{Separator}{subject}";

    /// <returns>False without issuer or subject, as for a user id.</returns>
    public static bool TrySplit(string person, out string issuer, out string subject)
    {
        var end = person.IndexOf(Separator, StringComparison.Ordinal);
        (issuer, subject) = end > 0 ? (person[..end], person[(end + 1)..]) : ("", "");
        return subject.Length > 0;
    }

    /// <summary>True when the person belongs to the issuer. Allocates nothing.</summary>
    public static bool IsOf(string person, string issuer) =>
        person.Length > issuer.Length && person[issuer.Length] == Separator && person.StartsWith(issuer, StringComparison.Ordinal);
}
