using System.Text;
using System.Text.Json;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>A member of a request's JSON object.</summary>
internal enum BodyMember
{
    Other,
    Model,
    Tools,

    /// <summary>A list of further models.</summary>
    Models,
}

/// <summary>Finds the members that name models, in every spelling that a provider's parser could read as theirs.</summary>
internal static class BodyMembers
{
    // Names of which every character is an escape of six.
    private const int LongestName = 128;

    // "fallbacks" with characters of three bytes.
    private const int LongestPlain = 27;

    // Case-insensitive, because Go's parser accepts "Model" too, and "Tool\u017f"; parsers written in C end a name at
    // U+0000.
    public static BodyMember Find(ref Utf8JsonReader reader)
    {
        var name = reader.ValueSpan;
        if (!reader.ValueIsEscaped && (name.Length > LongestPlain || Ascii.IsValid(name)))
        {
            return MemberOf(name);
        }

        Span<byte> decoded = stackalloc byte[LongestName];
        return name.IndexOf("\\u0000"u8) >= 0 ? BodyMember.Models
            : name.Length > LongestName ? BodyMember.Other
            : MemberOf(Fold(decoded[..reader.CopyString(decoded)]));
    }

    private static BodyMember MemberOf(ReadOnlySpan<byte> name) =>
        name.Length switch
        {
            5 when Ascii.EqualsIgnoreCase(name, "model"u8) => BodyMember.Model,
            5 when Ascii.EqualsIgnoreCase(name, "tools"u8) => BodyMember.Tools,
            6 when Ascii.EqualsIgnoreCase(name, "models"u8) => BodyMember.Models,
            9 when Ascii.EqualsIgnoreCase(name, "fallbacks"u8) => BodyMember.Models,
            _ => BodyMember.Other,
        };

    // The two letters beyond ASCII whose other case is in it.
    private static ReadOnlySpan<byte> Fold(Span<byte> name)
    {
        var length = 0;
        for (var at = 0; at < name.Length; at++)
        {
            var rest = name[at..];
            var isLongS = rest.StartsWith("\u017f"u8);
            var isKelvin = rest.StartsWith("\u212a"u8);
            at +=
                isKelvin ? 2
                : isLongS ? 1
                : 0;
            name[length++] =
                isKelvin ? (byte)'k'
                : isLongS ? (byte)'s'
                : rest[0];
        }

        return name[..length];
    }
}
