namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>
/// How a caller whom an identity provider knows is named wherever it is counted: <c>ISSUER|SUB</c>. No issuer holds <c>|</c>, so the first
/// one ends it; a user's id is a UUID and holds none.
/// </summary>
internal static class ExternalPerson
{
    public const char Separator = '|';

    public static string Of(string issuer, string subject) => $"{issuer}{Separator}{subject}";

    /// <returns>False for what has not both parts, such as a user's id.</returns>
    public static bool TrySplit(string person, out string issuer, out string subject)
    {
        var end = person.IndexOf(Separator, StringComparison.Ordinal);
        (issuer, subject) = end > 0 ? (person[..end], person[(end + 1)..]) : ("", "");
        return subject.Length > 0;
    }

    /// <summary>Whether an issuer vouches for a person; allocates nothing.</summary>
    public static bool IsOf(string person, string issuer) =>
        person.Length > issuer.Length && person[issuer.Length] == Separator && person.StartsWith(issuer, StringComparison.Ordinal);
}
