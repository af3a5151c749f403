namespace AuthSidecar.Observation;

/// <summary>How many tokens passed at least, where nobody counted them.</summary>
/// <remarks>
/// A token is four bytes of text in English and fewer in most other languages, and an event of a stream holds at least one.
/// Bytes of an encoding that cannot be read are compressed text: two of them make a token.
/// </remarks>
internal static class SeenTokens
{
    private const int BytesOfText = 4;
    private const int BytesUnread = 2;

    /// <param name="textBytes">Bytes of text that were read.</param>
    /// <param name="unreadBytes">Bytes on the wire that could not be read.</param>
    /// <param name="events">Events that had text.</param>
    /// <returns>Null: nothing was seen.</returns>
    public static long? Of(long textBytes, long unreadBytes, long events = 0) =>
        Math.Max(Ceiling(textBytes, BytesOfText), events) + Ceiling(unreadBytes, BytesUnread) is > 0 and var tokens ? tokens : null;

    private static long Ceiling(long bytes, int size) => (Math.Max(bytes, 0) + size - 1) / size;
}
