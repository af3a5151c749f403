using System.Buffers;

namespace AuthSidecar.Usage.Observation;

/// <summary>Error types of usage rows: the upstream's own name, or one of these.</summary>
internal static class ErrorNames
{
    /// <summary>The upstream reported an error without a name.</summary>
    public const string Unnamed = "error";

    /// <summary>The response ended without the end marker of its API.</summary>
    public const string Truncated = "response_truncated";

    /// <summary>The response should be JSON, or JSON events, and is not.</summary>
    public const string NoJson = "json_invalid";

    /// <summary>The content encoding is unsupported or nested.</summary>
    public const string UnknownEncoding = "encoding_unsupported";

    /// <summary>The bytes do not match the content encoding.</summary>
    public const string BadEncoding = "encoding_invalid";

    /// <summary>The encoding's window exceeds the limit.</summary>
    public const string Window = "encoding_window";

    /// <summary>The memory of all decoders was in use.</summary>
    public const string Busy = "decoders_busy";

    /// <summary>Decompression bomb: too much output for its input; the rest was not decoded.</summary>
    public const string Bomb = "encoding_bomb";

    /// <summary>Unexpected error of the observer; details are in the log.</summary>
    public const string Fault = "observer_fault";

    private const int MaxLength = 64;
    private static readonly SearchValues<byte> _letters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:"u8
    );

    /// <summary>Only identifier-like text of an upstream is accepted as a name, because it is stored and shown.</summary>
    public static bool IsName(ReadOnlySpan<byte> text) => text.Length is > 0 and <= MaxLength && !text.ContainsAnyExcept(_letters);
}
