namespace AuthSidecar.Usage.Observation;

/// <summary>Lower bound of the tokens that passed, where the provider reported no counts.</summary>
/// <remarks>
/// A token has four bytes of English text and fewer in most other languages; an event of a stream has at least one token.
/// Undecodable bytes count as compressed text: two bytes a token.
/// </remarks>
internal static class ObservedTokens
{
    private const int BytesOfText = 4;
    private const int BytesUnread = 2;

    /// <param name="textBytes">Bytes of text that were read.</param>
    /// <param name="unreadBytes">Undecodable bytes on the wire.</param>
    /// <param name="events">Events with text.</param>
    /// <returns>Null: nothing passed.</returns>
    public static long? Of(long textBytes, long unreadBytes, long events = 0) =>
        Math.Max(Ceiling(textBytes, BytesOfText), events) + Ceiling(unreadBytes, BytesUnread) is > 0 and var tokens ? tokens : null;

    private static long Ceiling(long bytes, int size) => (Math.Max(bytes, 0) + size - 1) / size;
}
