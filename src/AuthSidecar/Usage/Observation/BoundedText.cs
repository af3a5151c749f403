using System.Text;
using System.Text.Unicode;

namespace AuthSidecar.Usage.Observation;

/// <summary>
/// A short text from an upstream that is safe to store and show, decoded only on demand. Text that is too long, not UTF-8 or contains
/// control characters is ignored.
/// </summary>
internal sealed class BoundedText(int maxLength)
{
    private readonly byte[] _bytes = new byte[maxLength];
    private int _length;

    public bool IsEmpty => _length == 0;

    public override string ToString() => Encoding.UTF8.GetString(_bytes, 0, _length);

    public void Set(ReadOnlySpan<byte> text)
    {
        if (text.SequenceEqual(_bytes.AsSpan(0, _length)) || text.IsEmpty || text.Length > _bytes.Length || !IsPlain(text))
        {
            return;
        }

        text.CopyTo(_bytes);
        _length = text.Length;
    }

    public void Take(BoundedText later) => Set(later._bytes.AsSpan(0, later._length));

    public void Clear() => _length = 0;

    private static bool IsPlain(ReadOnlySpan<byte> text) =>
        !text.ContainsAnyInRange((byte)0, (byte)0x1F) && !text.Contains((byte)0x7F) && Utf8.IsValid(text);
}
