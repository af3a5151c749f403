namespace AuthSidecar.Platform.Telemetry;

/// <summary>A stream that never blocks.</summary>
internal sealed class StreamTarget(Stream stream) : ILineTarget
{
    public int TryWrite(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        stream.Flush();
        return bytes.Length;
    }

    public bool Wait(TimeSpan longest) => true;
}
