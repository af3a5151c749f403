namespace AuthSidecar.Administration.Client;

/// <summary>A server refused, could not be reached, or answered what no sidecar answers.</summary>
/// <param name="code">Stable code for scripts.</param>
/// <param name="message">Message for people.</param>
/// <param name="isUnreachable">True: a later try may succeed.</param>
internal sealed class ServerException(string code, string message, bool isUnreachable = false) : Exception(message)
{
    public string Code { get; } = code;

    public bool IsUnreachable { get; } = isUnreachable;
}
