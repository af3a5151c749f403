namespace AuthSidecar.Usage.Observation;

/// <summary>Relevant headers of a response or request.</summary>
/// <param name="Status">HTTP status; 0: a request.</param>
/// <param name="ContentType">As sent; empty: none.</param>
/// <param name="ContentEncoding">As sent, several joined with commas; empty: none.</param>
/// <param name="IsAll">No body follows, as after a HEAD.</param>
internal readonly record struct ResponseHead(int Status, string ContentType, string ContentEncoding, bool IsAll = false)
{
    private const int SwitchingProtocols = 101;

    /// <summary>No body follows, or another protocol's data.</summary>
    public bool HasNoBody =>
        IsAll || Status == SwitchingProtocols || ContentType.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase);

    public bool IsType(string type)
    {
        var end = ContentType.IndexOf(';', StringComparison.Ordinal);
        return (end < 0 ? ContentType : ContentType[..end]).AsSpan().Trim().Equals(type, StringComparison.OrdinalIgnoreCase);
    }
}
