namespace AuthSidecar.Platform.Telemetry;

/// <summary>Destination of log lines.</summary>
internal interface ILineTarget
{
    /// <summary>
    /// Writes as many bytes as fit without blocking. Throws <see cref="IOException"/> when writing fails, as with a full disk or a closed
    /// pipe.
    /// </summary>
    /// <returns>Bytes written; 0: none without blocking.</returns>
    int TryWrite(ReadOnlySpan<byte> bytes);

    /// <summary>Waits until the destination is writable, or has failed.</summary>
    /// <returns>False after the timeout.</returns>
    bool Wait(TimeSpan longest);
}
