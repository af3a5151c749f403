using System.Text;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// The headers of one part of a form, read strictly: whatever parsers interpret differently (escapes, folded lines, transfer encodings,
/// repeated or unknown parameters) is an error.
/// </summary>
internal ref struct FormHead
{
    private const int LongestName = 64;

    // In a quoted file name a backslash escapes for some parsers only.
    private const byte Escape = (byte)'\\';

    private bool _isText;

    /// <summary>The field's name.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>True for a file.</summary>
    public bool HasFileName { get; private set; }

    /// <summary>True for a value that is text.</summary>
    public readonly bool IsText => _isText && !HasFileName;

    /// <param name="lines">The lines without the empty one at their end.</param>
    /// <param name="head">The headers.</param>
    public static bool TryRead(ReadOnlySpan<byte> lines, out FormHead head)
    {
        head = new() { _isText = true };
        var (hasType, hasEncoding) = (false, false);
        while (!lines.IsEmpty)
        {
            var end = lines.IndexOf("\r\n"u8);
            var line = end < 0 ? lines : lines[..end];
            lines = end < 0 ? default : lines[(end + 2)..];
            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || HasControl(line))
            {
                return false;
            }

            var name = line[..colon];
            var value = line[(colon + 1)..].Trim(" \t"u8);
            var isRead =
                Is(name, "content-disposition"u8) ? head.Name.IsEmpty && head.TryReadDisposition(value)
                : Is(name, "content-type"u8) ? !hasType && (hasType = head.ReadType(value))
                : Is(name, "content-transfer-encoding"u8) ? !hasEncoding && (hasEncoding = IsPlain(value))
                : Is(name, "content-length"u8);
            if (!isRead)
            {
                return false;
            }
        }

        return !head.Name.IsEmpty;
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower) => Ascii.EqualsIgnoreCase(text, lower);

    private static bool IsPlain(ReadOnlySpan<byte> encoding) =>
        Is(encoding, "binary"u8) || Is(encoding, "8bit"u8) || Is(encoding, "7bit"u8);

    private static bool HasControl(ReadOnlySpan<byte> line) =>
        line.IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0 || line.Contains((byte)0x7F);

    private bool ReadType(ReadOnlySpan<byte> type)
    {
        var parameters = new MediaParameters(type);
        _isText = Is(parameters.Type, "text/plain"u8);
        while (parameters.TryRead(out var name, out var value))
        {
            _isText &= Is(name, "charset"u8) && MediaParameters.IsAscii(value);
        }

        _isText &= parameters.IsWhole;
        return true;
    }

    private bool TryReadDisposition(ReadOnlySpan<byte> value)
    {
        var parameters = new MediaParameters(value);
        if (!Is(parameters.Type, "form-data"u8))
        {
            return false;
        }

        var (hasFile, hasCodedFile) = (false, false);
        while (parameters.TryRead(out var name, out var text))
        {
            if (Is(name, "name"u8) && Name.IsEmpty && IsName(text))
            {
                Name = text;
            }
            else if (Is(name, "filename"u8) && !hasFile && !text.Contains(Escape))
            {
                HasFileName = hasFile = true;
            }
            else if (Is(name, "filename*"u8) && !hasCodedFile)
            {
                HasFileName = hasCodedFile = true;
            }
            else
            {
                return false;
            }
        }

        return parameters.IsWhole;
    }

    // Without escapes of any kind.
    private static bool IsName(ReadOnlySpan<byte> name) =>
        name.Length is > 0 and <= LongestName && name.IndexOfAnyExcept(MediaParameters.NameBytes) < 0;
}
