using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Access.Authentication;

/// <summary>
/// Key formats with imported keys; tokens of other formats are rejected without a lookup. An import invalidates everything, after which
/// they are read again.
/// </summary>
internal sealed class ImportedFormats(KeyReader reader) : ICacheInvalidationHandler
{
    private readonly Lock _lock = new();
    private Task<IReadOnlySet<KeyFormat>>? _known;

    /// <exception cref="StoreUnavailableException">Not cached, and the store does not answer.</exception>
    public async ValueTask<bool> ContainAsync(KeyFormat format)
    {
        Task<IReadOnlySet<KeyFormat>> known;
        lock (_lock)
        {
            // A failed read is not cached.
            known = _known = _known is { IsFaulted: false } ? _known : reader.ReadImportedFormatsAsync(CancellationToken.None);
        }

        return (await known).Contains(format);
    }

    public void Invalidate(InvalidationSet invalidations)
    {
        if (!invalidations.IsEverything)
        {
            return;
        }

        lock (_lock)
        {
            _known = null;
        }
    }
}
