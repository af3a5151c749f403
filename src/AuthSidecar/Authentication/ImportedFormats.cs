using AuthSidecar.Changes;
using AuthSidecar.Keys;
using AuthSidecar.Storage;

namespace AuthSidecar.Authentication;

/// <summary>Which formats of key an import has brought: tokens of all others are refused unread. An import is a change of everything, after which it is read again.</summary>
internal sealed class ImportedFormats(KeyReader reader) : ICacheInvalidationHandler
{
    private readonly Lock _lock = new();
    private Task<IReadOnlySet<KeyFormat>>? _known;

    /// <exception cref="StoreUnavailableException">It is not known, and the store does not answer.</exception>
    public async ValueTask<bool> ContainAsync(KeyFormat format)
    {
        Task<IReadOnlySet<KeyFormat>> known;
        lock (_lock)
        {
            // A read that failed is not remembered.
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
