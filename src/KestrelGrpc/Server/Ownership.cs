namespace KestrelGrpc.Server;

internal static class Ownership
{
    /// <summary>Disposes of an object that was made for one call.</summary>
    public static ValueTask ReleaseAsync(object owned)
    {
        if (owned is IAsyncDisposable asyncDisposable)
        {
            return asyncDisposable.DisposeAsync();
        }

        (owned as IDisposable)?.Dispose();
        return default;
    }
}
