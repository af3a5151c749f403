using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Rest;

/// <summary>Strict reader of JSON bodies. Every wrong body is a <see cref="RestException"/>.</summary>
internal static class RestBody
{
    public const int Most = 64 * 1024;

    /// <summary>Reads the members of the body.</summary>
    /// <param name="http">The request.</param>
    /// <param name="isOptional">An empty body counts as an object without members.</param>
    public static async Task<T> ReadBodyAsync<T>(this HttpContext http, bool isOptional = false)
        where T : class
    {
        var bytes = await http.ReadBytesAsync();
        if (bytes.Length == 0 && isOptional)
        {
            return JsonSerializer.Deserialize<T>("{}", JsonFormat.Options)!;
        }

        CheckType(http.Request);
        return Read<T>(bytes);
    }

    /// <summary>The bytes of the body, kept for the second reader.</summary>
    public static async Task<byte[]> ReadBytesAsync(this HttpContext http)
    {
        if (http.Features.Get<Bytes>() is { } known)
        {
            return known.Value;
        }

        using var buffer = new MemoryStream();
        var chunk = new byte[4096];
        while (await http.Request.Body.ReadAsync(chunk, http.RequestAborted) is var count and > 0)
        {
            buffer.Write(chunk, 0, count);
            if (buffer.Length > Most)
            {
                throw new RestException(StatusCodes.Status413PayloadTooLarge, "content_too_large", $"A body has at most {Most} bytes.");
            }
        }

        var bytes = buffer.ToArray();
        http.Features.Set(new Bytes(bytes));
        return bytes;
    }

    private static void CheckType(HttpRequest request)
    {
        var type = request.GetTypedHeaders().ContentType;
        if (
            type is null
            || !type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || (type.Charset.HasValue && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        )
        {
            throw new RestException(
                StatusCodes.Status415UnsupportedMediaType,
                "unsupported_media_type",
                "The body must be application/json in UTF-8."
            );
        }
    }

    private static T Read<T>(byte[] bytes)
        where T : class
    {
        try
        {
            using (var document = JsonDocument.Parse(bytes, new() { MaxDepth = JsonFormat.Options.MaxDepth }))
            {
                CheckMembers(document.RootElement, JsonFormat.Options.GetTypeInfo(typeof(T)));
            }

            return JsonSerializer.Deserialize<T>(bytes, JsonFormat.Options)!;
        }
        catch (JsonException exception)
        {
            throw Of(exception);
        }
        catch (InvalidOperationException)
        {
            // Text that is not Unicode, such as half of a surrogate pair.
            throw RestException.Invalid("The body is not JSON in UTF-8.");
        }
    }

    private static void CheckMembers(JsonElement root, JsonTypeInfo type)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw RestException.Invalid("The body must be a JSON object.");
        }

        var known = type
            .Properties.Where(property => property.Set is not null || IsParameter(type, property))
            .Select(property => property.Name);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in root.EnumerateObject())
        {
            if (!known.Contains(member.Name, StringComparer.Ordinal))
            {
                throw RestException.Invalid(
                    $"There is no member \"{Shortened(member.Name)}\"; known: {string.Join(", ", known)}.",
                    Shortened(member.Name)
                );
            }

            if (!seen.Add(member.Name))
            {
                throw RestException.Invalid($"The member {member.Name} stands more than once.", member.Name);
            }

            CheckWord(member, type.Properties.First(property => property.Name == member.Name).PropertyType);
        }
    }

    // The serializer also accepts words in another case, and lists of words, which become another value.
    private static void CheckWord(JsonProperty member, Type type)
    {
        if (
            (Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } words
            && member.Value.ValueKind != JsonValueKind.Null
            && RestParameter.WordsOf(words) is var known
            && !(member.Value.ValueKind == JsonValueKind.String && known.Contains(member.Value.GetString()!, StringComparer.Ordinal))
        )
        {
            throw RestException.Invalid($"{member.Name} must be one of {string.Join(", ", known)}.", member.Name);
        }
    }

    private static bool IsParameter(JsonTypeInfo type, JsonPropertyInfo property) =>
        property.AssociatedParameter is not null && type.Kind == JsonTypeInfoKind.Object;

    // Without the exception's message, which names types of the program.
    private static RestException Of(JsonException exception)
    {
        var member = exception.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : null;
        return member is null
            ? RestException.Invalid("The body is not JSON, or lacks a member that must be given.")
            : RestException.Invalid($"{Shortened(member)} has a value of a wrong type.", Shortened(member));
    }

    private static string Shortened(string name) => name.Length <= 64 && Rules.IsPrintable(name) ? name : "(unprintable or too long)";

    private sealed record Bytes(byte[] Value);
}
