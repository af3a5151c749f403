using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace AuthSidecar.Platform.Hosting;

/// <summary>A serialized Check whose stream id changes with each call: Checks of equal bytes are repeats, which are not decided.</summary>
/// <param name="message">Has <see cref="AnyId"/> as its stream id.</param>
internal sealed class WarmUpRequest(byte[] message)
{
    public const string AnyId = "1000000000000000000";

    private static long _lastId = long.Parse(AnyId, CultureInfo.InvariantCulture);

    private readonly int _offset = message.AsSpan().IndexOf(Encoding.ASCII.GetBytes(AnyId));

    /// <summary>The message with the next id; valid until the next call.</summary>
    public ReadOnlySpan<byte> Next()
    {
        Utf8Formatter.TryFormat(Interlocked.Increment(ref _lastId), message.AsSpan(_offset), out _);
        return message;
    }
}
