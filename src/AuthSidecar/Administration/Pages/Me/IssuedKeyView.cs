using AuthSidecar.Administration.Keys;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>What the page shows that shows a new key's token once.</summary>
/// <param name="Issued">The key with its token.</param>
/// <param name="Note">A line below the title.</param>
internal sealed record IssuedKeyView(IssuedKey Issued, string Note)
{
    public string Title => $"Key “{KeyWords.Name(Issued.Key)}” is ready";
}
