namespace AuthSidecar.Platform.Telemetry;

/// <summary>Where the lines of a log end up.</summary>
internal interface ILineTarget
{
    /// <summary>
    /// Hands over as much as is taken at once. Throws <see cref="IOException"/> where nothing can be written, such as a full disk or a
    /// closed pipe.
    /// </summary>
    /// <returns>Bytes taken; 0: none right now.</returns>
    int TryWrite(ReadOnlySpan<byte> bytes);

    /// <summary>Waits until something may be taken, or cannot be written at all.</summary>
    /// <returns>False when the time is up.</returns>
    bool Wait(TimeSpan longest);
}
