using System.Globalization;
using System.Text.Json;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Pricing;

/// <summary>
/// The members of one line; each read returns a value or records an error. Unknown members are errors: the format is our own.
/// </summary>
internal sealed class PriceLine(JsonElement line)
{
    /// <summary>10,000 dollars per million tokens, far above any real price.</summary>
    public const long MostMicros = 10_000_000_000;

    private const int LongestText = 256;
    private static readonly string[] _prices = ["input", "output", "cachedRead", "cachedWrite", "reasoning"];
    private static readonly string[] _members = ["provider", "model", "from", .. _prices];

    private readonly List<string> _errors =
    [
        .. line.EnumerateObject()
            .Where(member => !_members.Contains(member.Name))
            .Select(member => $"{member.Name} is none of {string.Join(", ", _members)}"),
        .. _prices.Any(name => Find(line, name) is not null)
            ? Array.Empty<string>()
            : [$"there is no price: none of {string.Join(", ", _prices)}"],
    ];

    public IReadOnlyList<string> Errors => _errors;

    public string Text(string name)
    {
        if (Find(line, name) is not { } value)
        {
            return Fail(name, "is missing", "");
        }

        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        return text.Length is > 0 and <= LongestText && !text.Any(char.IsWhiteSpace) && Rules.IsPrintable(text)
            ? text
            : Fail(name, $"is not text of 1 to {LongestText} printable characters without blanks", "");
    }

    /// <summary>A day (UTC), or a time with its offset.</summary>
    public DateTimeOffset Date(string name)
    {
        if (Find(line, name) is not { } value)
        {
            return Fail(name, "is missing", DateTimeOffset.UnixEpoch);
        }

        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        string[] formats = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];
        return
            value.ValueKind == JsonValueKind.String
            && DateTimeOffset.TryParseExact(value.GetString(), formats, CultureInfo.InvariantCulture, Utc, out var date)
            ? Instant.Truncate(date)
            : Fail(name, "is not a day such as 2026-01-31, or a time such as 2026-01-31T00:00:00Z", DateTimeOffset.UnixEpoch);
    }

    /// <summary>Millionths of the currency per million tokens.</summary>
    public long? Micros(string name)
    {
        if (Find(line, name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var micros) && micros is >= 0 and <= MostMicros
            ? micros
            : Fail<long?>(name, $"is not a whole number of micro-USD per million tokens from 0 to {MostMicros}", null);
    }

    private static JsonElement? Find(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private T Fail<T>(string name, string what, T instead)
    {
        _errors.Add($"{name} {what}");
        return instead;
    }
}
