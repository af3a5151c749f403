using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>
/// A usage report in the journal: its length in four bytes, its format in one, then every column in order, texts with their length and
/// numbers as varints, 0 for null. JSON costs several times as much CPU.
/// </summary>
internal static class ReportRecord
{
    private const int LengthBytes = 4;
    private const int LongestVarint = 10;

    // Change it with the columns or their order: a report of another version of the sidecar must not be read as one of this.
    private const byte Format = 1;

    // Longer than any report: texts of clients are bounded, and the others are ours.
    private const int LongestRecord = 1 << 20;

    public static void Write(ArrayBufferWriter<byte> buffer, UsageReport report)
    {
        var start = buffer.WrittenCount;
        buffer.GetSpan(LengthBytes)[..LengthBytes].Clear();
        buffer.Advance(LengthBytes);
        buffer.GetSpan(1)[0] = Format;
        buffer.Advance(1);
        Text(report.DecisionId);
        Number(report.Time.UtcTicks);
        Number((int)report.Facts);
        Text(report.KeyId);
        Text(report.KeyLine);
        Text(report.UserId);
        Text(report.SharedBudgets);
        Text(report.Tenant);
        Text(report.App);
        Text(report.Policy);
        Text(report.Provider);
        Text(report.Model);
        Text(report.AskedModel);
        Text(report.Mode);
        Text(report.Decision);
        Text(report.Reason);
        Text(report.Detail);
        Text(report.ErrorType);
        Text(report.ObjectId);
        Text(report.Client);
        Text(report.Path);
        Number(report.Status);
        Number(report.DurationMs);
        Number(report.RequestBytes);
        Number(report.ResponseBytes);
        Number(report.InputTokens);
        Number(report.OutputTokens);
        Number(report.CachedReadTokens);
        Number(report.CachedWriteTokens);
        Number(report.ReasoningTokens);
        Number(report.SeenInputTokens);
        Number(report.SeenOutputTokens);
        Number(report.ReservedMicros);
        Number(report.Requests);
        var length = buffer.WrittenCount - start - LengthBytes;
        BinaryPrimitives.WriteInt32LittleEndian(Writable(buffer, start), length);

        void Text(string? text)
        {
            var span = buffer.GetSpan(LongestVarint + ((text?.Length ?? 0) * 3));
            if (text is null)
            {
                span[0] = 0;
                buffer.Advance(1);
                return;
            }

            var prefix = Varint(span, (ulong)Encoding.UTF8.GetByteCount(text) + 1);
            buffer.Advance(prefix + Encoding.UTF8.GetBytes(text, span[prefix..]));
        }

        // Zigzag, and one more, because 0 is null.
        void Number(long? number) =>
            buffer.Advance(
                Varint(buffer.GetSpan(LongestVarint), number is { } value ? unchecked((ulong)((value << 1) ^ (value >> 63)) + 1) : 0)
            );
    }

    /// <summary>Takes the next record from the bytes of a file.</summary>
    /// <param name="rest">The bytes; afterwards those behind the record.</param>
    /// <param name="isAll">No more bytes follow.</param>
    /// <param name="record">Its columns; empty: an incomplete record, behind which nothing can be read.</param>
    /// <returns>False when more bytes are needed, or none are left.</returns>
    public static bool TryTake(ref ReadOnlySequence<byte> rest, bool isAll, out ReadOnlySequence<byte> record)
    {
        record = default;
        Span<byte> prefix = stackalloc byte[LengthBytes];
        if (rest.Length >= LengthBytes)
        {
            rest.Slice(0, LengthBytes).CopyTo(prefix);
            var length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
            if (length is <= 0 or > LongestRecord)
            {
                rest = rest.Slice(rest.End);
                return true;
            }

            if (rest.Length >= LengthBytes + length)
            {
                record = rest.Slice(LengthBytes, length);
                rest = rest.Slice(record.End);
                return true;
            }
        }

        if (isAll && !rest.IsEmpty)
        {
            rest = rest.Slice(rest.End);
            return true;
        }

        return false;
    }

    /// <returns>Null when the record is not a complete report.</returns>
    public static UsageReport? Read(ReadOnlySpan<byte> record)
    {
        try
        {
            var reader = new Reader(record[0] == Format ? record[1..] : []);
            var report = reader.Text() is { Length: > 0 } id ? reader.Report(id) : null;
            return reader.IsAtEnd ? report : null;
        }
        catch (Exception fault) when (fault is ArgumentException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    // The written part of the buffer is only readable through its interface.
    private static Span<byte> Writable(ArrayBufferWriter<byte> buffer, int start) =>
        System.Runtime.InteropServices.MemoryMarshal.AsMemory(buffer.WrittenMemory).Span[start..];

    private static int Varint(Span<byte> span, ulong value)
    {
        var count = 0;
        for (; value >= 0x80; value >>= 7)
        {
            span[count++] = (byte)(value | 0x80);
        }

        span[count++] = (byte)value;
        return count;
    }

    private ref struct Reader(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public readonly bool IsAtEnd => _rest.IsEmpty;

        public UsageReport Report(string id) =>
            new()
            {
                DecisionId = id,
                Time = new(Number() ?? 0, TimeSpan.Zero),
                Facts = (UsageFacts)(Number() ?? 0),
                KeyId = Text(),
                KeyLine = Text(),
                UserId = Text(),
                SharedBudgets = Text(),
                Tenant = Text(),
                App = Text(),
                Policy = Text(),
                Provider = Text(),
                Model = Text(),
                AskedModel = Text(),
                Mode = Text(),
                Decision = Text(),
                Reason = Text(),
                Detail = Text(),
                ErrorType = Text(),
                ObjectId = Text(),
                Client = Text(),
                Path = Text(),
                Status = (int?)Number(),
                DurationMs = Number(),
                RequestBytes = Number(),
                ResponseBytes = Number(),
                InputTokens = Number(),
                OutputTokens = Number(),
                CachedReadTokens = Number(),
                CachedWriteTokens = Number(),
                ReasoningTokens = Number(),
                SeenInputTokens = Number(),
                SeenOutputTokens = Number(),
                ReservedMicros = Number(),
                Requests = Number(),
            };

        public string? Text()
        {
            var length = Varint();
            if (length == 0)
            {
                return null;
            }

            var bytes = _rest[..checked((int)Math.Min(length - 1, int.MaxValue))];
            _rest = _rest[bytes.Length..];
            return Encoding.UTF8.GetString(bytes);
        }

        private long? Number() => Varint() is var value and not 0 ? unchecked((long)((value - 1) >> 1) ^ -(long)((value - 1) & 1)) : null;

        private ulong Varint()
        {
            var value = 0UL;
            for (var shift = 0; shift < 64; shift += 7)
            {
                var one = _rest[0];
                _rest = _rest[1..];
                value |= (ulong)(one & 0x7F) << shift;
                if (one < 0x80)
                {
                    break;
                }
            }

            return value;
        }
    }
}
