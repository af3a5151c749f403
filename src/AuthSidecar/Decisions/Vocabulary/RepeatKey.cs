using System.IO.Hashing;

namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>
/// Equal for the copies of one Check that Envoy repeats, and for no other Checks. It consists of facts that Envoy alone sets, and of the
/// whole message, so that no client can make two requests equal. The default value is equal to nothing that Envoy sends.
/// </summary>
/// <param name="Stream">Envoy's id of the request's stream: a random number, drawn after the client has sent the request.</param>
/// <param name="Time">Time at which Envoy received the request, in nanoseconds since 1970.</param>
/// <param name="Hash">Hash of the message, seeded with the random number: the same in every replica.</param>
internal readonly record struct RepeatKey(ulong Stream, long Time, UInt128 Hash)
{
    /// <summary>False: repeats of the request cannot be recognized.</summary>
    public bool IsKnown => Stream != 0;

    /// <param name="stream">The stream's id; 0: unknown.</param>
    /// <param name="time">Nanoseconds since 1970; 0: unknown.</param>
    /// <param name="message">The serialized message.</param>
    public static RepeatKey Of(ulong stream, long time, ReadOnlySpan<byte> message) =>
        stream == 0 || time == 0 ? default : new(stream, time, XxHash128.HashToUInt128(message, (long)stream));

    public bool Equals(RepeatKey other) => Stream == other.Stream && Time == other.Time && Hash == other.Hash;

    public override int GetHashCode() => (int)Hash;
}
