using System.Text.Json;
using AuthSidecar.Administration.Rest;

namespace AuthSidecar.Administration.OAuth;

/// <summary>
/// Parameters of the body, as a form or as JSON with members of text. Unknown ones are ignored and empty ones count as missing (RFC 6749
/// 3.2); a repeated one, and any other body, is refused. The query string counts for nothing, since it stands in logs.
/// </summary>
internal sealed class OAuthParameters
{
    private const int Depth = 8;
    private readonly IReadOnlyDictionary<string, string?> _values;

    // A value of null is one of another type than text.
    private OAuthParameters(IReadOnlyDictionary<string, string?> values) => _values = values;

    /// <exception cref="OAuthException">400 or 415: the body is neither.</exception>
    public static async Task<OAuthParameters> ReadAsync(HttpContext http)
    {
        var type = http.Request.GetTypedHeaders().ContentType?.MediaType.Value;
        return type switch
        {
            _ when "application/x-www-form-urlencoded".Equals(type, StringComparison.OrdinalIgnoreCase) => await OfFormAsync(http),
            _ when "application/json".Equals(type, StringComparison.OrdinalIgnoreCase) => OfJson(await http.ReadBytesAsync()),
            _ => throw new OAuthException(
                StatusCodes.Status415UnsupportedMediaType,
                OAuthException.InvalidRequest,
                "The body must be application/x-www-form-urlencoded or application/json."
            ),
        };
    }

    /// <exception cref="OAuthException">400: no text.</exception>
    public string? Optional(string name) =>
        !_values.TryGetValue(name, out var value) ? null
        : value is null ? throw OAuthException.Invalid($"The parameter {name} must be text.")
        : value.Length > 0 ? value
        : null;

    /// <exception cref="OAuthException">400: missing, or no text.</exception>
    public string Required(string name) => Optional(name) ?? throw OAuthException.Invalid($"The parameter {name} is missing.");

    private static async Task<OAuthParameters> OfFormAsync(HttpContext http)
    {
        IFormCollection form;
        try
        {
            form = await http.Request.ReadFormAsync(http.RequestAborted);
        }
        catch (InvalidDataException)
        {
            throw OAuthException.Invalid("The form has too many parameters, or one that is too long.");
        }

        // Its names are compared without case, so that a name in another case is a repetition.
        return form.All(field => field.Value.Count == 1)
            ? new(form.ToDictionary(field => field.Key, string? (field) => field.Value.ToString(), StringComparer.Ordinal))
            : throw OAuthException.Invalid("A parameter stands more than once.");
    }

    private static OAuthParameters OfJson(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, new() { MaxDepth = Depth, AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new(
                    document
                        .RootElement.EnumerateObject()
                        .Where(member => member.Value.ValueKind != JsonValueKind.Null)
                        .ToDictionary(member => member.Name, TextOf, StringComparer.Ordinal)
                )
                : throw OAuthException.Invalid("The body must be a JSON object.");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Also text that is not Unicode, such as half of a surrogate pair.
            throw OAuthException.Invalid("The body is not JSON in UTF-8, or repeats a member.");
        }
    }

    private static string? TextOf(JsonProperty member) => member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : null;
}
