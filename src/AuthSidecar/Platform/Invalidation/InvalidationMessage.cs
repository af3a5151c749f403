using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>
/// Invalidations on the wire: <c>{"v":1,"changes":[{"n":12,"at":…,"key":"…","user":"…","tenant":"…","app":"…"}]}</c>, with <c>n</c> the
/// sequence, <c>at</c> in microseconds, and <c>"all":true</c> instead of ids. Replaying a message can only empty caches.
/// <c>{"v":1,"probe":"…"}</c> is a replica's message to itself.
/// </summary>
internal static class InvalidationMessage
{
    /// <summary>Maximum number of invalidations in one message.</summary>
    public const int Most = 256;

    private const int Version = 1;
    private const int LongestId = 256;
    private const int LongestMessage = 1024 * 1024;

    /// <param name="invalidations">The saved rows.</param>
    /// <param name="at">Time of the commit.</param>
    public static byte[] Write(IReadOnlyCollection<CacheInvalidation> invalidations, DateTimeOffset at)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("v", Version);
            json.WriteStartArray("changes");
            foreach (var invalidation in invalidations)
            {
                Write(json, invalidation, at);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <param name="id">Letters and digits, unique among replicas and probes.</param>
    public static byte[] WriteProbe(string id) => Encoding.UTF8.GetBytes($$"""{"v":{{Version}},"probe":"{{id}}"}""");

    /// <returns>True for a probe of any replica.</returns>
    public static bool TryReadProbe(ReadOnlyMemory<byte> message, [NotNullWhen(true)] out string? id)
    {
        id = null;
        try
        {
            using var document = JsonDocument.Parse(message);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && TryReadId(document.RootElement, "probe", out id)
                && id is not null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    public static bool IsTooLong(ReadOnlySpan<byte> message) => message.Length > LongestMessage;

    /// <returns>False unless it is a message of this version.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> message, [NotNullWhen(true)] out IReadOnlyList<CacheInvalidation>? invalidations)
    {
        invalidations = null;
        if (IsTooLong(message.Span))
        {
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(message);
            var root = document.RootElement;
            if (
                root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("v", out var version)
                || version.ValueKind != JsonValueKind.Number
                || !version.TryGetInt32(out var number)
                || number != Version
                || !root.TryGetProperty("changes", out var list)
                || list.ValueKind != JsonValueKind.Array
                || list.GetArrayLength() is 0 or > Most
            )
            {
                return false;
            }

            var read = list.EnumerateArray().Select(Read).OfType<CacheInvalidation>().ToList();
            invalidations = read.Count == list.GetArrayLength() ? read : null;
            return invalidations is not null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static void Write(Utf8JsonWriter json, CacheInvalidation invalidation, DateTimeOffset at)
    {
        json.WriteStartObject();
        json.WriteNumber("n", invalidation.Sequence);
        json.WriteNumber("at", Instant.ToMicroseconds(at));
        if (invalidation is { KeyId: null, UserId: null, TenantId: null, AppId: null })
        {
            json.WriteBoolean("all", true);
        }

        WriteId(json, "key", invalidation.KeyId);
        WriteId(json, "user", invalidation.UserId);
        WriteId(json, "tenant", invalidation.TenantId);
        WriteId(json, "app", invalidation.AppId);
        json.WriteEndObject();
    }

    private static void WriteId(Utf8JsonWriter json, string name, string? id)
    {
        if (id is not null)
        {
            json.WriteString(name, id);
        }
    }

    private static CacheInvalidation? Read(JsonElement json)
    {
        if (
            json.ValueKind != JsonValueKind.Object
            || Number(json, "n") is not (> 0 and var sequence)
            || Number(json, "at") is not (>= 0 and < 253_402_300_800_000_000 and var at)
            || !TryReadId(json, "key", out var key)
            || !TryReadId(json, "user", out var user)
            || !TryReadId(json, "tenant", out var tenant)
            || !TryReadId(json, "app", out var app)
        )
        {
            return null;
        }

        // An entry with only unknown members must not invalidate everything.
        var isAll = json.TryGetProperty("all", out var all) && all.ValueKind == JsonValueKind.True;
        return isAll == (key ?? user ?? tenant ?? app) is null
            ? new()
            {
                Sequence = sequence,
                At = Instant.FromMicroseconds(at),
                KeyId = key,
                UserId = user,
                TenantId = tenant,
                AppId = app,
            }
            : null;
    }

    private static long? Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
            ? number
            : null;

    private static bool TryReadId(JsonElement json, string name, out string? id)
    {
        id = null;
        if (!json.TryGetProperty(name, out var value))
        {
            return true;
        }

        id = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return id is { Length: > 0 and <= LongestId };
    }
}
