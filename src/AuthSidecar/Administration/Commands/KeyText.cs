using AuthSidecar.Administration.Keys;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Commands;

/// <summary>Formats keys as text.</summary>
internal static class KeyText
{
    /// <param name="keys">The keys.</param>
    /// <param name="now">The time.</param>
    /// <param name="peppers">Names the pepper of each; null: without peppers.</param>
    public static TextTable List(IEnumerable<ApiKey> keys, DateTimeOffset now, PepperNames? peppers = null)
    {
        string[] columns = ["ID", "USER", "NAME", "STATE", "SCOPES", "TENANT", "SUBJECT", "EXPIRES", "LAST USED"];
        var table = new TextTable(peppers is null ? columns : [.. columns, "PEPPER"]);
        foreach (var key in keys)
        {
            var document = KeyDocument.Of(key, now);
            string?[] cells =
            [
                key.Id,
                OwnerOf(key),
                key.Name,
                document.Status,
                string.Join(',', document.Scopes),
                key.Tenant,
                document.Subject,
                TextTable.Time(key.ExpiresAt, "never"),
                TextTable.Time(key.LastUsedAt, "never"),
            ];
            table.Add(peppers is null ? cells : [.. cells, peppers.Of(key)]);
        }

        return table;
    }

    /// <summary>Name of the user, or <c>ISSUER|SUBJECT</c>; null: none.</summary>
    public static string? OwnerOf(ApiKey key) =>
        key.User?.Name ?? (key is { ExternalIssuer: { } issuer, ExternalSubject: { } subject } ? ExternalPerson.Of(issuer, subject) : null);

    public static TextTable Details(ApiKey key, DateTimeOffset now)
    {
        var document = KeyDocument.Of(key, now);
        var table = new TextTable("", "");
        table.Add("id", key.Id);
        if (key.LineId is { } line)
        {
            table.Add("line", $"{line} (shares its budget and limit)");
        }

        table.Add("user", key.User is { } user ? $"{user.Name} ({user.Id})" : OwnerOf(key));
        table.Add("name", key.Name);
        table.Add("state", document.Status);
        table.Add("scopes", string.Join(' ', document.Scopes));
        table.Add("models", document.Models.Count == 0 ? "all" : string.Join(' ', document.Models));
        table.Add("tenant", key.Tenant);
        table.Add("subject", document.Subject);
        table.Add("limit", key.Permits is { } permits ? $"{permits} in {document.Window}" : "the route's");
        table.Add("tokens", key.Tokens is { } tokens ? $"{tokens} in {document.TokenWindow}" : "the route's");
        table.Add("parallel", key.Parallel is { } parallel ? $"{parallel} at a time" : "the route's");
        table.Add("created", TextTable.Time(key.CreatedAt, ""));
        table.Add("expires", TextTable.Time(key.ExpiresAt, "never"));
        table.Add("revoked", TextTable.Time(key.RevokedAt, "no"));
        table.Add("last used", TextTable.Time(key.LastUsedAt, "never"));
        return table;
    }

    public static void WriteIssued(TextWriter writer, IssuedKey issued, DateTimeOffset now)
    {
        writer.WriteLine("The token, shown this once:");
        writer.WriteLine();
        writer.WriteLine($"  {issued.Token}");
        writer.WriteLine();
        Details(issued.Key, now).WriteTo(writer);
    }
}
