using System.Buffers;

namespace AuthSidecar.Observation;

/// <summary>What stands in a row as the kind of error: the upstream's own name for it, else one of these.</summary>
internal static class ErrorNames
{
    /// <summary>The upstream told of an error without a name for it.</summary>
    public const string Unnamed = "error";

    /// <summary>It ended without the mark with which its API ends an answer.</summary>
    public const string Truncated = "response_truncated";

    /// <summary>An answer that should be JSON, or events of JSON, is something else.</summary>
    public const string NoJson = "json_invalid";

    /// <summary>The content encoding is none that can be read, or several in one another.</summary>
    public const string UnknownEncoding = "encoding_unsupported";

    /// <summary>The bytes are not of the encoding that the headers name.</summary>
    public const string BadEncoding = "encoding_invalid";

    /// <summary>The encoding's window is greater than any that is read.</summary>
    public const string Window = "encoding_window";

    /// <summary>So much was being decoded that there was no memory left for more.</summary>
    public const string Busy = "decoders_busy";

    /// <summary>So few bytes became so many that the rest was not decoded.</summary>
    public const string Bomb = "encoding_bomb";

    /// <summary>Reading failed for a reason that should not exist; the log says which.</summary>
    public const string Fault = "observer_fault";

    private const int MaxLength = 64;
    private static readonly SearchValues<byte> _letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:"u8);

    /// <summary>An upstream's text is only taken for a name when it looks like one: it is shown and stored.</summary>
    public static bool IsName(ReadOnlySpan<byte> text) => text.Length is > 0 and <= MaxLength && !text.ContainsAnyExcept(_letters);
}
