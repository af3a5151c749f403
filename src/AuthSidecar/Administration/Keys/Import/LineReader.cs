using System.Globalization;
using System.Text.Json;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Hashing;

namespace AuthSidecar.Administration.Keys.Import;

/// <summary>
/// The members of one line; each read returns a value or records an error. Which other members are ignored is a matter of the format.
/// </summary>
internal sealed class LineReader(JsonElement line)
{
    private const decimal MostDollars = 1_000_000;
    private const int LongestQuote = 64;

    private readonly List<string> _errors = [];

    public IReadOnlyList<string> Errors => _errors;

    public string? Text(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text
            ? text
            : Fail<string>(name, "is not text");
    }

    public string Required(string name) => Text(name) ?? (Find(name) is null ? Fail<string>(name, "is missing") : null) ?? "";

    /// <summary>Owner of the key: a user's name or UUID.</summary>
    public string Owner(string name)
    {
        var owner = Required(name);
        var error = owner.Length == 0 || Guid.TryParse(owner, out _) ? null : Rules.ImportedUserName(owner);
        return error is null ? owner : Fail<string>(name, $"cannot be a user's name: {error}") ?? "";
    }

    public byte[] Sha256(string name)
    {
        var text = Required(name);
        if (text.Length == TokenHash.Length * 2 && text.All(char.IsAsciiHexDigit))
        {
            return Convert.FromHexString(text);
        }

        return (text.Length > 0 ? Fail<byte[]>(name, "is not a SHA-256 in 64 hexadecimal digits") : null) ?? [];
    }

    /// <summary>A time of RFC 3339; UTC without an offset, as LiteLLM writes it.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return
            DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var time)
            && text.Length >= "2026-01-01".Length
            && char.IsAsciiDigit(text[3])
            ? AuthSidecar.Platform.Storage.Instant.Truncate(time)
            : Fail<DateTimeOffset?>(name, "is not a time such as 2030-12-31T23:59:59Z");
    }

    public IReadOnlyList<string> Texts(string name, Func<IReadOnlyCollection<string>, string?> rule)
    {
        if (Find(name) is not { } value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String))
        {
            return Fail<string[]>(name, "is not a list of texts") ?? [];
        }

        var texts = value.EnumerateArray().Select(item => item.GetString()!).ToList();
        return rule(texts) is { } error ? Fail<string[]>(name, error) ?? [] : texts;
    }

    public bool Flag(string name) =>
        Find(name) switch
        {
            null or { ValueKind: JsonValueKind.False } => false,
            { ValueKind: JsonValueKind.True } => true,
            _ => Fail<bool>(name, "is neither true nor false"),
        };

    /// <summary>A whole number from 1.</summary>
    /// <param name="name">The member.</param>
    /// <param name="instead">The member that permits nothing, which 0 means in other gateways.</param>
    public int? Count(string name, string instead) => (int?)Count(name, instead, int.MaxValue);

    /// <param name="name">The member.</param>
    /// <param name="instead">As of the other overload.</param>
    /// <param name="most">The greatest number.</param>
    public long? Count(string name, string instead, long most)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        return
            value.ValueKind == JsonValueKind.Number
            && value.TryGetDecimal(out var count)
            && count == decimal.Truncate(count)
            && count >= 1
            && count <= most
            ? (long)count
            : Fail<long?>(name, $"is not a whole number from 1 to {most}; a key that may do nothing has {instead}");
    }

    public bool Has(string name) => Find(name) is { } value && !IsEmpty(value);

    /// <summary>Names of the members with a value: not null, false, or empty.</summary>
    public IEnumerable<string> Filled() => Filled(line);

    /// <summary>Names of the members of a member.</summary>
    public IEnumerable<string> Filled(string name) => Find(name) is { ValueKind: JsonValueKind.Object } value ? Filled(value) : [];

    /// <summary>Text of a file for a message: short and printable.</summary>
    public static string Quote(string text) =>
        Rules.IsPrintable(text) && text.Length <= LongestQuote && !text.Contains(' ', StringComparison.Ordinal) ? text : "another value";

    /// <summary>Dollars, in millionths.</summary>
    public long? Micros(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var dollars) && dollars is >= 0 and <= MostDollars
            ? (long)(dollars * 1_000_000)
            : Fail<long?>(name, $"is not a number from 0 to {MostDollars}");
    }

    public T? Fail<T>(string name, string what)
    {
        _errors.Add($"{name} {what}");
        return default;
    }

    private static IEnumerable<string> Filled(JsonElement element) =>
        element.EnumerateObject().Where(member => !IsEmpty(member.Value)).Select(member => member.Name);

    private static bool IsEmpty(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.False => true,
            JsonValueKind.String => value.ValueEquals(""),
            JsonValueKind.Array => value.GetArrayLength() == 0,
            JsonValueKind.Object => !value.EnumerateObject().Any(),
            _ => false,
        };

    private JsonElement? Find(string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
