using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Access.Authentication;

/// <summary>
/// The foreign key formats with imported keys, cached; tokens of the other foreign formats are rejected without a lookup. An import
/// invalidates everything.
/// </summary>
internal sealed class ImportedFormats(KeyReader reader) : ICacheInvalidationHandler
{
    private readonly Lock _lock = new();
    private Task<IReadOnlySet<KeyFormat>>? _known;

    /// <exception cref="StoreUnavailableException">Not cached, and the store is unavailable.</exception>
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
