using System.Collections;

namespace Grpc.Core;

/// <summary>Headers or trailers of a call, in order; a name may occur more than once.</summary>
public sealed class Metadata : IList<Metadata.Entry>
{
    public const string BinaryHeaderSuffix = "-bin";

    /// <summary>A read-only collection without entries.</summary>
    public static readonly Metadata Empty = new(isReadOnly: true);

    private readonly List<Entry> _entries = [];

    public Metadata()
    {
    }

    private Metadata(bool isReadOnly)
    {
        IsReadOnly = isReadOnly;
    }

    public int Count => _entries.Count;

    public bool IsReadOnly { get; }

    public Entry this[int index]
    {
        get => _entries[index];
        set => Writable()[index] = value;
    }

    /// <summary>The last entry with that name, or null.</summary>
    public Entry? Get(string key)
    {
        for (var i = _entries.Count - 1; i >= 0; i--)
        {
            if (_entries[i].IsNamed(key))
            {
                return _entries[i];
            }
        }

        return null;
    }

    /// <summary>The last text value with that name, or null.</summary>
    /// <exception cref="InvalidOperationException">The entry is binary.</exception>
    public string? GetValue(string key) => Get(key)?.Value;

    /// <summary>The last value with that name as bytes, or null.</summary>
    public byte[]? GetValueBytes(string key) => Get(key)?.ValueBytes;

    public IEnumerable<Entry> GetAll(string key)
    {
        foreach (var entry in _entries)
        {
            if (entry.IsNamed(key))
            {
                yield return entry;
            }
        }
    }

    public void Add(string key, string value) => Add(new Entry(key, value));

    public void Add(string key, byte[] valueBytes) => Add(new Entry(key, valueBytes));

    public void Add(Entry item)
    {
        ArgumentNullException.ThrowIfNull(item);
        Writable().Add(item);
    }

    public int IndexOf(Entry item) => _entries.IndexOf(item);

    public void Insert(int index, Entry item) => Writable().Insert(index, item);

    public void RemoveAt(int index) => Writable().RemoveAt(index);

    public void Clear() => Writable().Clear();

    public bool Contains(Entry item) => _entries.Contains(item);

    public void CopyTo(Entry[] array, int arrayIndex) => _entries.CopyTo(array, arrayIndex);

    public bool Remove(Entry item) => Writable().Remove(item);

    public IEnumerator<Entry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private List<Entry> Writable() => IsReadOnly ? throw new InvalidOperationException("The metadata is read only.") : _entries;

    /// <summary>One name and its value: text, or bytes when the name ends in <c>-bin</c>.</summary>
    public class Entry
    {
        private readonly string? _text;
        private readonly byte[]? _bytes;

        /// <param name="key">Ends in <c>-bin</c>; made lower-case.</param>
        public Entry(string key, byte[] valueBytes)
        {
            ArgumentNullException.ThrowIfNull(valueBytes);
            Key = MetadataKey.Normalize(key);
            if (!IsBinary)
            {
                throw new ArgumentException("The name of a binary entry ends in \"-bin\".", nameof(key));
            }

            _bytes = (byte[])valueBytes.Clone();
        }

        /// <param name="key">Letters, digits, '_', '-' and '.'; made lower-case.</param>
        public Entry(string key, string value)
        {
            ArgumentNullException.ThrowIfNull(value);
            Key = MetadataKey.Normalize(key);
            if (IsBinary)
            {
                throw new ArgumentException("The name of a text entry does not end in \"-bin\".", nameof(key));
            }

            _text = value;
        }

        private Entry(string validKey, string? text, byte[]? bytes)
        {
            Key = validKey;
            _text = text;
            _bytes = bytes;
        }

        public string Key { get; }

        /// <exception cref="InvalidOperationException">The entry is binary.</exception>
        public string Value => _text ?? throw new InvalidOperationException("A binary entry has no text value.");

        /// <summary>A copy of the bytes; for a text entry its UTF-8 form, which for legal values is ASCII.</summary>
        public byte[] ValueBytes => _bytes is null ? System.Text.Encoding.UTF8.GetBytes(_text!) : (byte[])_bytes.Clone();

        public bool IsBinary => Key.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal);

        internal ReadOnlySpan<byte> Bytes => _bytes;

        public override string ToString() => IsBinary
            ? $"[Entry: key={Key}, valueBytes={Convert.ToHexString(_bytes!)}]"
            : $"[Entry: key={Key}, value={_text}]";

        internal static Entry Received(string validKey, string value) => new(validKey, value, null);

        internal static Entry Received(string validKey, byte[] value) => new(validKey, null, value);

        internal bool IsNamed(string key) => Key.Equals(key, StringComparison.OrdinalIgnoreCase);
    }
}
